// See traffic.hpp.

#include "app/running/traffic.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::app {
namespace {

constexpr std::array<std::string_view, kTrafficKinds> kNames{"audio", "feed",   "page",      "picture", "text",     "asset",
                                                             "api",   "studio", "challenge", "health",  "redirect", "other"};

struct Prefix {
  std::string_view begins;
  Traffic kind;
};
constexpr std::array kPrefixes{
    Prefix{"/a/", Traffic::audio},
    Prefix{"/e/", Traffic::audio},
    Prefix{"/feeds/", Traffic::feed},
    Prefix{"/shows/", Traffic::page},
    Prefix{"/embed/", Traffic::page},
    Prefix{"/pictures/", Traffic::picture},
    Prefix{"/episodes/", Traffic::text},
    Prefix{"/icons/", Traffic::asset},
    Prefix{"/scripts/", Traffic::asset},
    Prefix{"/styles/", Traffic::asset},
    Prefix{"/api/", Traffic::api},
    Prefix{"/studio/", Traffic::studio},
    Prefix{"/.well-known/", Traffic::challenge},
    Prefix{"/sitemaps/", Traffic::text},
};
constexpr std::array kWhole{
    Prefix{"/", Traffic::page},           Prefix{"/status", Traffic::page},      Prefix{"/healthz", Traffic::health},
    Prefix{"/readyz", Traffic::health},   Prefix{"/metrics", Traffic::health},   Prefix{"/oembed", Traffic::text},
    Prefix{"/robots.txt", Traffic::text}, Prefix{"/sitemap.xml", Traffic::text},
};

}  // namespace

std::string_view name_of(Traffic kind) noexcept { return kNames[static_cast<std::size_t>(kind)]; }

Traffic traffic_of(std::string_view path) noexcept {
  if (const auto whole = std::ranges::find(kWhole, path, &Prefix::begins); whole != kWhole.end()) return whole->kind;
  const auto found = std::ranges::find_if(kPrefixes, [&](const Prefix& prefix) { return path.starts_with(prefix.begins); });
  return found == kPrefixes.end() ? Traffic::other : found->kind;
}

void TrafficCounter::count(const http::Request& request, int status, ByteCount sent) noexcept {
  const bool redirects = !request.encrypted && status / 100 == 3;
  const auto kind = static_cast<std::size_t>(redirects ? Traffic::redirect : traffic_of(request.path));
  const auto at = static_cast<std::size_t>(std::clamp(status - kFirstStatus, 0, kStatuses - 1));
  requests_[kind][at].fetch_add(1, std::memory_order_relaxed);
  bytes_[kind].fetch_add(sent.value, std::memory_order_relaxed);
}

std::string TrafficCounter::text() const {
  std::string text =
      "# HELP carillon_requests_total Requests that got a response, by kind and status.\n"
      "# TYPE carillon_requests_total counter\n";
  for (std::size_t kind = 0; kind < kTrafficKinds; ++kind) {
    for (std::size_t status = 0; status < kStatuses; ++status) {
      if (const auto count = requests_[kind][status].load(std::memory_order_relaxed); count > 0)
        text += fmt::format("carillon_requests_total{{kind=\"{}\",status=\"{}\"}} {}\n", kNames[kind],
                            status + static_cast<std::size_t>(kFirstStatus), count);
    }
  }
  text +=
      "# HELP carillon_sent_bytes_total Bytes of response bodies sent.\n"
      "# TYPE carillon_sent_bytes_total counter\n";
  for (std::size_t kind = 0; kind < kTrafficKinds; ++kind) {
    if (const auto bytes = bytes_[kind].load(std::memory_order_relaxed); bytes > 0)
      text += fmt::format("carillon_sent_bytes_total{{kind=\"{}\"}} {}\n", kNames[kind], bytes);
  }
  return text;
}

}  // namespace carillon::app
