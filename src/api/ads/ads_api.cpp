// See ads_api.hpp.

#include "api/ads/ads_api.hpp"

#include "ads/store/owners.hpp"

#include <algorithm>
#include <array>

namespace carillon::api {
namespace {

OwnedKind kind_of(const char* what, Result<std::optional<std::string>> (*network)(db::Session&, const std::string&)) {
  return {.parameter = "id", .network = network, .missing = [what](const std::string& id) {
            return Error{ErrorKind::not_found, "There is no " + std::string(what) + " with the ID “" + id + "”.", {}};
          }};
}

}  // namespace

Owners ads_owners() {
  return {{Owner::advertiser, kind_of("advertiser", ads::network_of_advertiser)},
          {Owner::campaign, kind_of("campaign", ads::network_of_campaign)},
          {Owner::order, kind_of("order", ads::network_of_order)},
          {Owner::past_order, kind_of("order", ads::network_of_past_order)},
          {Owner::creative, kind_of("creative", ads::network_of_creative)}};
}

bool AdsApi::owns(std::string_view path) noexcept {
  constexpr std::string_view kPrefix = "/api/v1/";
  constexpr std::array<std::string_view, 4> kResources{"advertisers", "campaigns", "orders", "creatives"};
  if (!path.starts_with(kPrefix)) return false;
  if (path.starts_with("/api/v1/shows/") && path.ends_with("/ad-rules")) return true;
  path.remove_prefix(kPrefix.size());
  return std::ranges::find(kResources, path.substr(0, path.find('/'))) != kResources.end();
}

std::vector<RouteRule> AdsApi::routes() { return rules_of<AdvertisersApi, OrdersApi, CreativesApi, OrderReports>(); }

asio::awaitable<http::Response> AdsApi::answer(Asked& request) {
  return http::dispatch_to(request, advertisers_, orders_, creatives_, reports_);
}

}  // namespace carillon::api
