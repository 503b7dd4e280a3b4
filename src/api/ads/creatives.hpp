#pragma once
// /api/v1/orders/{id}/creatives and /api/v1/creatives.

#include "ads/booking/booking.hpp"
#include "api/core/gate.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class CreativesApi {
 public:
  CreativesApi(Gate& gate, ads::Booking& booking) : gate_{gate}, booking_{booking} {}

  [[nodiscard]] static std::span<const Route<CreativesApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> add(Request& request);
  asio::awaitable<http::Response> get(Request& request);
  asio::awaitable<http::Response> edit(Request& request);
  asio::awaitable<http::Response> remove(Request& request);
  asio::awaitable<http::Response> audio(Request& request);

  Gate& gate_;
  ads::Booking& booking_;
};

}  // namespace carillon::api
