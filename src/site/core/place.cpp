// See place.hpp.

#include "site/core/place.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace carillon::site {
namespace {

constexpr std::string_view kScheme = "https://";
constexpr std::string_view kFeed = "/feed.xml";

/// Probes ask every host for these.
bool is_for_machines(std::string_view path) { return path == "/healthz" || path == "/readyz"; }

/// Without the port that the scheme implies.
std::string_view shortest(std::string_view origin) {
  constexpr std::string_view kImplied = ":443";
  return origin.ends_with(kImplied) ? origin.substr(0, origin.size() - kImplied.size()) : origin;
}

/// ":8443", or "" for 443.
std::string_view port_of(std::string_view origin) {
  const auto colon = origin.rfind(':');
  if (colon == std::string_view::npos || !parse_number(origin.substr(colon + 1))) return {};
  return shortest(origin.substr(colon));
}

}  // namespace

std::string domain_origin(const std::string& name, const podcast::Addresses& platform) {
  return std::string{kScheme} + name + std::string{port_of(platform.origin())};
}

std::string path_on_platform(std::string_view path, const std::string& slug) {
  if (path == "/") return "/shows/" + slug;
  if (path == kFeed) return "/feeds/" + slug;
  const auto segment = path.substr(1);
  if (is_slug(segment) && !is_for_machines(path)) return "/shows/" + slug + "/" + std::string(segment);
  return std::string(path);
}

std::optional<std::string> path_on_domain(std::string_view path, const std::string& slug) {
  if (path == "/feeds/" + slug) return std::string{kFeed};
  const auto page = "/shows/" + slug;
  if (path == page) return "/";
  if (path.starts_with(page + "/") && is_slug(path.substr(page.size() + 1))) return std::string{path.substr(page.size())};
  return {};
}

Places::Places(podcast::Addresses platform, std::vector<std::string> former_origins, ShowOf show_of)
    : platform_{std::move(platform), {}}, origins_{std::move(former_origins)}, show_of_{std::move(show_of)} {
  origins_.push_back(platform_.addresses.origin());
}

std::optional<Place> Places::domain(const std::string& host) const {
  auto show = show_of_(host);
  if (!show) return {};
  return Place{platform_.addresses.at_domain(domain_origin(host, platform_.addresses)), std::move(*show)};
}

std::optional<Place> Places::at_origin(std::string_view origin) const {
  const auto wanted = lower_ascii(shortest(origin));
  if (std::ranges::any_of(origins_, [&](const std::string& each) { return equal_ignoring_case(shortest(each), wanted); })) return platform_;
  const auto port = port_of(platform_.addresses.origin());
  if (!wanted.starts_with(kScheme) || !wanted.ends_with(port)) return {};
  return domain(wanted.substr(kScheme.size(), wanted.size() - kScheme.size() - port.size()));
}

}  // namespace carillon::site
