#pragma once
// /api/v1/watches: endpoints that Carillon doesn't manage.

#include "api/keeper/keeper_parts.hpp"
#include "api/keeper/keeper_trail.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class WatchesApi {
 public:
  WatchesApi(const KeeperParts& parts, const KeeperTrail& trail) : parts_{parts}, trail_{trail} {}

  [[nodiscard]] static std::span<const KeeperRoute<WatchesApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> add(Request& request);
  asio::awaitable<http::Response> get(Request& request);
  asio::awaitable<http::Response> history(Request& request);
  asio::awaitable<http::Response> remove(Request& request);

  /// The watch in the path and query; without a STARTTLS protocol or name, any watch of that endpoint. Blocks.
  Result<certs::Watch> watch_in(const certs::WatchReference& wanted);
  /// The same, but `conflict` if several watches fit equally well: none of them may be removed by chance.
  Result<certs::Watch> only_watch_in(const certs::WatchReference& wanted);

  const KeeperParts& parts_;
  const KeeperTrail& trail_;
};

}  // namespace carillon::api
