#pragma once
// /api/v1/networks, and their audit trail (/audit).

#include "accounts/people/networks.hpp"
#include "api/accounts/accounts_gate.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class NetworksApi {
 public:
  NetworksApi(const AccountsGate& gate, accounts::Networks& networks) : gate_{gate}, networks_{networks} {}

  [[nodiscard]] static std::span<const Route<NetworksApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> create(Request& request);
  asio::awaitable<http::Response> get(Request& request);
  asio::awaitable<http::Response> edit(Request& request);
  asio::awaitable<http::Response> list_audit(Request& request);

  const AccountsGate& gate_;
  accounts::Networks& networks_;
};

}  // namespace carillon::api
