#pragma once
// GET /orders/ID/report: what was delivered of an order.

#include "ads/model/figures.hpp"
#include "api/core/gate.hpp"
#include "jobs/workers.hpp"

#include <boost/json/object.hpp>

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class OrderReports {
 public:
  OrderReports(Gate& gate, ads::DeliveryFigures& figures) : gate_{gate}, figures_{figures} {}

  [[nodiscard]] static std::span<const Route<OrderReports>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  /// As JSON, or the days as a table if the caller prefers `text/csv`.
  asio::awaitable<http::Response> report(Request& request);

  Gate& gate_;
  ads::DeliveryFigures& figures_;
  jobs::Workers reading_{"order reports", 1};
};

/// Pure.
[[nodiscard]] boost::json::object document_of(const ads::OrderReport& report);
[[nodiscard]] std::string table_of(const ads::OrderReport& report);

}  // namespace carillon::api
