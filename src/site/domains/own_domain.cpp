// See own_domain.hpp.

#include "site/domains/own_domain.hpp"

#include "base/text.hpp"

namespace carillon::site {
namespace {

/// Probes ask every host for these.
bool is_for_machines(std::string_view path) { return path == "/healthz" || path == "/readyz"; }

/// Of the whole site, not of one show.
bool is_at_the_origin(std::string_view path) { return path.starts_with("/shows/") || path.starts_with("/feeds/"); }

}  // namespace

std::string path_at_origin(std::string_view path, const std::string& slug) {
  if (path == "/") return "/shows/" + slug;
  if (path == "/feed.xml") return "/feeds/" + slug;
  const auto segment = path.substr(1);
  if (is_slug(segment) && !is_for_machines(path)) return "/shows/" + slug + "/" + std::string(segment);
  return std::string(path);
}

OwnDomains::OwnDomains(const podcast::DomainTable& domains, Site& site, std::string origin)
    : domains_{domains}, site_{site}, origin_{std::move(origin)} {
  const auto colon = origin_.rfind(':');
  if (colon != std::string::npos && parse_number(std::string_view{origin_}.substr(colon + 1))) port_ = origin_.substr(colon);
}

asio::awaitable<http::Response> OwnDomains::answer(http::Request& request) {
  const auto slug = domains_.show_of(request.host);
  if (!slug) co_return co_await site_.answer(request);
  const auto path = path_at_origin(request.path, *slug);
  // A target may also be a whole address (RFC 9112 §3.2.2), which has no place behind our origin.
  if (path == request.path && is_at_the_origin(path))
    co_return http::redirect(308, origin_ + (request.target.starts_with('/') ? request.target : std::string{"/"}));
  request.path = path;
  auto response = co_await site_.answer(request);
  // What pages show is at the origin, which is another one for browsers here.
  if (response.policy) response.policy->also_self = origin_;
  co_return response;
}

http::Response OwnDomains::answer_plain(const http::Request& request) const {
  return http::redirect(308, "https://" + request.host + port_ + (request.target.starts_with('/') ? request.target : std::string{"/"}));
}

}  // namespace carillon::site
