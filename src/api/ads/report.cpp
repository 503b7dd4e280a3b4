// See report.hpp.

#include "api/ads/report.hpp"

#include "api/core/answers.hpp"
#include "api/core/blocking.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;
namespace {

std::string day_text(std::chrono::sys_days day) { return to_rfc3339(Time{day}).substr(0, 10); }

}  // namespace

json::object document_of(const ads::OrderReport& report) {
  json::array days;
  for (const auto& [day, delivered] : report.by_day) days.push_back({{"day", day_text(day)}, {"delivered", delivered}});
  return {{"delivered", report.delivered},
          {"downloads", report.downloads},
          {"listeners", report.listeners},
          {"by_day", std::move(days)},
          {"provisional_from", report.provisional_from ? json::value(day_text(*report.provisional_from)) : json::value(nullptr)}};
}

std::string table_of(const ads::OrderReport& report) {
  std::string text = "day,delivered,provisional\r\n";
  for (const auto& [day, delivered] : report.by_day) {
    const bool provisional = report.provisional_from && day >= *report.provisional_from;
    text += day_text(day) + "," + std::to_string(delivered) + "," + (provisional ? "yes" : "no") + "\r\n";
  }
  return text;
}

std::span<const Route<OrderReports>> OrderReports::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<OrderReports>{get, "/api/v1/orders/{id}/report", analyse, Owner::past_order, &OrderReports::report},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> OrderReports::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> OrderReports::report(Request& request) {
  const std::string order{request.path_parameter("id")};
  const auto report = co_await blocking(reading_, [this, &order] { return figures_.report(order); });
  if (!report) co_return refusal(report.error(), request);
  const auto accept = request.fields.joined("Accept").value_or(std::string{});
  if (!accept.starts_with("text/csv")) co_return api::answer(200, document_of(*report));
  http::Response table{.status = 200, .body = Body::of(table_of(*report))};
  table.fields.set("Content-Type", "text/csv; charset=utf-8");
  table.fields.set("Content-Disposition", "attachment; filename=\"order.csv\"");
  table.fields.set("Cache-Control", "no-store");
  co_return table;
}

}  // namespace carillon::api
