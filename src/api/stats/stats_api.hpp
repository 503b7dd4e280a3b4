#pragma once
// /api/v1/stats: downloads, how they are counted, and what became of each request.

#include "api/core/route.hpp"
#include "db/database.hpp"
#include "jobs/workers.hpp"
#include "stats/rollups/figures.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class StatsApi {
 public:
  StatsApi(db::Database& database, stats::Figures& figures, const Clock& clock) : database_{database}, figures_{figures}, clock_{clock} {}

  [[nodiscard]] static std::span<const PermittedRoute<StatsApi>> routes() noexcept;
  [[nodiscard]] static bool owns(std::string_view path) noexcept { return path.starts_with("/api/v1/stats/"); }
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> downloads(Request& request);
  asio::awaitable<http::Response> requests(Request& request);
  asio::awaitable<http::Response> methodology(Request& request);
  asio::awaitable<http::Response> recount(Request& request);

  /// What `?show=` or `?episode=` names, if the caller may see its figures; else the response.
  asio::awaitable<std::expected<stats::Query, http::Response>> subject_of(Request& request);

  db::Database& database_;
  stats::Figures& figures_;
  const Clock& clock_;
  /// Counting a day takes seconds, reading figures milliseconds: neither waits for the other.
  jobs::Workers reading_{"figures", 2}, counting_{"counting", 1};
};

}  // namespace carillon::api
