#pragma once
// /api/v1/advertisers and /api/v1/campaigns.

#include "ads/booking/booking.hpp"
#include "api/core/gate.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class AdvertisersApi {
 public:
  AdvertisersApi(Gate& gate, ads::Booking& booking) : gate_{gate}, booking_{booking} {}

  [[nodiscard]] static std::span<const Route<AdvertisersApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> create(Request& request);
  asio::awaitable<http::Response> get(Request& request);
  asio::awaitable<http::Response> edit(Request& request);
  asio::awaitable<http::Response> remove(Request& request);
  asio::awaitable<http::Response> list_campaigns(Request& request);
  asio::awaitable<http::Response> create_campaign(Request& request);
  asio::awaitable<http::Response> get_campaign(Request& request);
  asio::awaitable<http::Response> edit_campaign(Request& request);
  asio::awaitable<http::Response> remove_campaign(Request& request);

  Gate& gate_;
  ads::Booking& booking_;
};

}  // namespace carillon::api
