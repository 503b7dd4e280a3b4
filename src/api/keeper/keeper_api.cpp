// See keeper_api.hpp.

#include "api/keeper/keeper_api.hpp"

#include <algorithm>

namespace carillon::api {

KeeperApi::KeeperApi(KeeperParts parts)
    : parts_{std::move(parts)},
      trail_{parts_.database, parts_.clock, parts_.random},
      certificates_{parts_, trail_},
      watches_{parts_, trail_},
      incidents_{parts_, trail_},
      channels_{parts_, trail_},
      calendar_{parts_, trail_},
      drills_{parts_, trail_} {}

std::vector<RouteRule> KeeperApi::routes() {
  return rules_of<CertificatesApi, WatchesApi, IncidentsApi, ChannelsApi, CalendarApi, DrillsApi>();
}

bool KeeperApi::owns(std::string_view path) {
  static const auto rules = routes();
  return std::ranges::any_of(rules, [&](const auto& rule) { return http::match(rule.pattern, path).has_value(); });
}

asio::awaitable<http::Response> KeeperApi::answer(Asked& request) {
  return http::dispatch_to(request, certificates_, watches_, incidents_, channels_, calendar_, drills_);
}

}  // namespace carillon::api
