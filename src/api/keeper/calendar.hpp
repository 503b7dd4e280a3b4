#pragma once
// /api/v1/calendar: renewals and expiry dates for calendar apps.

#include "api/keeper/keeper_parts.hpp"
#include "api/keeper/keeper_trail.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class CalendarApi {
 public:
  CalendarApi(const KeeperParts& parts, const KeeperTrail& trail) : parts_{parts}, trail_{trail} {}

  [[nodiscard]] static std::span<const KeeperRoute<CalendarApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> calendar(Request& request);
  asio::awaitable<http::Response> address(Request& request);

  const KeeperParts& parts_;
  const KeeperTrail& trail_;
};

}  // namespace carillon::api
