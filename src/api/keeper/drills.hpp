#pragma once
// /api/v1/drills: rehearsals of failures.

#include "api/keeper/keeper_parts.hpp"
#include "api/keeper/keeper_trail.hpp"
#include "base/mutex.hpp"

#include <deque>

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class DrillsApi {
 public:
  DrillsApi(const KeeperParts& parts, const KeeperTrail& trail) : parts_{parts}, trail_{trail} {}

  [[nodiscard]] static std::span<const KeeperRoute<DrillsApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> run(Request& request);
  asio::awaitable<http::Response> get(Request& request);

  const KeeperParts& parts_;
  const KeeperTrail& trail_;
  Mutex mutex_;
  std::deque<certs::DrillReport> drills_ GUARDED_BY(mutex_);  ///< the last ones, the newest last
};

}  // namespace carillon::api
