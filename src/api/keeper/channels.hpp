#pragma once
// /api/v1/channels: how messages reach a person, in which order, and when they may not.

#include "api/keeper/keeper_parts.hpp"
#include "api/keeper/keeper_trail.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class ChannelsApi {
 public:
  ChannelsApi(const KeeperParts& parts, const KeeperTrail& trail) : parts_{parts}, trail_{trail} {}

  [[nodiscard]] static std::span<const KeeperRoute<ChannelsApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> order(Request& request);
  asio::awaitable<http::Response> test(Request& request);
  asio::awaitable<http::Response> show_quiet(Request& request);
  asio::awaitable<http::Response> choose_quiet(Request& request);
  /// The channels, and the active order for `person` ("" for no one in particular).
  asio::awaitable<http::Response> channels_answer(std::string person);
  /// The quiet times of `person`.
  asio::awaitable<http::Response> quiet_answer(std::string person);

  const KeeperParts& parts_;
  const KeeperTrail& trail_;
};

}  // namespace carillon::api
