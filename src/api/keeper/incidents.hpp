#pragma once
// /api/v1/incidents: problems, and who handles them.

#include "api/keeper/keeper_parts.hpp"
#include "api/keeper/keeper_trail.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class IncidentsApi {
 public:
  IncidentsApi(const KeeperParts& parts, const KeeperTrail& trail) : parts_{parts}, trail_{trail} {}

  [[nodiscard]] static std::span<const KeeperRoute<IncidentsApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> get(Request& request);
  asio::awaitable<http::Response> acknowledge(Request& request);

  const KeeperParts& parts_;
  const KeeperTrail& trail_;
};

}  // namespace carillon::api
