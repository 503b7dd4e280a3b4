#pragma once
// /api/v1/certificates: names, their certificates, renewals, spares, and what is done by hand.

#include "api/keeper/keeper_parts.hpp"
#include "api/keeper/keeper_trail.hpp"

namespace carillon::api {

/// Any event loop. What it is made of must outlive it.
class CertificatesApi {
 public:
  CertificatesApi(const KeeperParts& parts, const KeeperTrail& trail) : parts_{parts}, trail_{trail} {}

  [[nodiscard]] static std::span<const KeeperRoute<CertificatesApi>> routes() noexcept;
  /// None where no route of this table fits.
  asio::awaitable<std::optional<http::Response>> answer(http::Request& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(http::Request& request);
  asio::awaitable<http::Response> add(http::Request& request);
  asio::awaitable<http::Response> get(http::Request& request);
  asio::awaitable<http::Response> remove(http::Request& request);
  asio::awaitable<http::Response> renew(http::Request& request);
  asio::awaitable<http::Response> use_spare(http::Request& request);
  asio::awaitable<http::Response> history(http::Request& request);
  asio::awaitable<http::Response> signing_request(http::Request& request);
  asio::awaitable<http::Response> import_certificate(http::Request& request);

  const KeeperParts& parts_;
  const KeeperTrail& trail_;
};

}  // namespace carillon::api
