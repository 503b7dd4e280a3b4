#pragma once
// /api/v1/certificates: names, their certificates, renewals, spares, and manual imports.

#include "api/keeper/keeper_parts.hpp"
#include "api/keeper/keeper_trail.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class CertificatesApi {
 public:
  CertificatesApi(const KeeperParts& parts, const KeeperTrail& trail) : parts_{parts}, trail_{trail} {}

  [[nodiscard]] static std::span<const KeeperRoute<CertificatesApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> add(Request& request);
  asio::awaitable<http::Response> get(Request& request);
  asio::awaitable<http::Response> remove(Request& request);
  asio::awaitable<http::Response> renew(Request& request);
  asio::awaitable<http::Response> use_spare(Request& request);
  asio::awaitable<http::Response> history(Request& request);
  asio::awaitable<http::Response> signing_request(Request& request);
  asio::awaitable<http::Response> import_certificate(Request& request);

  asio::awaitable<http::Response> roll_over_account(Request& request);
  const KeeperParts& parts_;
  const KeeperTrail& trail_;
};

}  // namespace carillon::api
