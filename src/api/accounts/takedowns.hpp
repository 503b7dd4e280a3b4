#pragma once
// /api/v1/networks/NETWORK/suspend, /shows/SHOW/suspend and their counterparts: takedowns.

#include "accounts/people/takedowns.hpp"
#include "api/accounts/accounts_gate.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class TakedownsApi {
 public:
  TakedownsApi(const AccountsGate& gate, accounts::Takedowns& takedowns) : gate_{gate}, takedowns_{takedowns} {}

  [[nodiscard]] static std::span<const Route<TakedownsApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> suspend_network(Request& request);
  asio::awaitable<http::Response> resume_network(Request& request);
  asio::awaitable<http::Response> suspend_show(Request& request);
  asio::awaitable<http::Response> resume_show(Request& request);

  const AccountsGate& gate_;
  accounts::Takedowns& takedowns_;
};

}  // namespace carillon::api
