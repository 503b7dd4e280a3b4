#pragma once
// The JSON API of advertisements under /api/v1: composed of one class with a route table per resource.

#include "api/ads/advertisers.hpp"
#include "api/ads/creatives.hpp"
#include "api/ads/orders.hpp"
#include "api/ads/report.hpp"

namespace carillon::api {

/// For the gate: all kinds of resources in the routes of this API but shows.
[[nodiscard]] Owners ads_owners();

/// Any event loop. The constructor's arguments must outlive it.
class AdsApi {
 public:
  AdsApi(Gate& gate, ads::Booking& booking, ads::DeliveryFigures& figures, const Clock& clock)
      : advertisers_{gate, booking}, orders_{gate, booking, clock}, creatives_{gate, booking}, reports_{gate, figures} {}

  [[nodiscard]] static bool owns(std::string_view path) noexcept;
  /// The routes of all its tables. The OpenAPI document and the permission tests are checked against it.
  [[nodiscard]] static std::vector<RouteRule> routes();
  asio::awaitable<http::Response> answer(Asked& request);

 private:
  AdvertisersApi advertisers_;
  OrdersApi orders_;
  CreativesApi creatives_;
  OrderReports reports_;
};

}  // namespace carillon::api
