#pragma once
// /api/v1/campaigns/{id}/orders, /api/v1/orders and the rules of shows.

#include "ads/booking/booking.hpp"
#include "api/core/gate.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class OrdersApi {
 public:
  OrdersApi(Gate& gate, ads::Booking& booking, const Clock& clock) : gate_{gate}, booking_{booking}, clock_{clock} {}

  [[nodiscard]] static std::span<const Route<OrdersApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> create(Request& request);
  asio::awaitable<http::Response> get(Request& request);
  asio::awaitable<http::Response> edit(Request& request);
  asio::awaitable<http::Response> remove(Request& request);
  asio::awaitable<http::Response> approve(Request& request);
  asio::awaitable<http::Response> get_rules(Request& request);
  asio::awaitable<http::Response> set_rules(Request& request);

  /// With slugs of shows in their targets.
  asio::awaitable<Result<std::vector<boost::json::object>>> documents_of(std::vector<ads::FoundOrder> orders);
  asio::awaitable<http::Response> response_of(int status, const Request& request, Result<ads::FoundOrder> order);

  Gate& gate_;
  ads::Booking& booking_;
  const Clock& clock_;
};

}  // namespace carillon::api
