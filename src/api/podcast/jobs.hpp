#pragma once
// /api/v1/jobs: background work, its progress, and why it failed.

#include "api/core/gate.hpp"
#include "jobs/jobs.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class JobsApi {
 public:
  JobsApi(Gate& gate, db::Database& database, jobs::Runners& runners, const Clock& clock, Random& random)
      : gate_{gate}, database_{database}, runners_{runners}, clock_{clock}, random_{random} {}

  [[nodiscard]] static std::span<const Route<JobsApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> get(Request& request);
  asio::awaitable<http::Response> retry(Request& request);

  Gate& gate_;
  db::Database& database_;
  jobs::Runners& runners_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace carillon::api
