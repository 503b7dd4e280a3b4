#pragma once
// /api/v1/people/ID: disabling and deleting people, ending sessions, resetting two-factor authentication.

#include "accounts/people/administration.hpp"
#include "api/accounts/account_mail.hpp"
#include "api/accounts/accounts_gate.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class AdministrationApi {
 public:
  AdministrationApi(const AccountsGate& gate, accounts::Administration& administration, const AccountMail& mail)
      : gate_{gate}, administration_{administration}, mail_{mail} {}

  [[nodiscard]] static std::span<const Route<AdministrationApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> edit(Request& request);
  asio::awaitable<http::Response> remove(Request& request);
  asio::awaitable<http::Response> reset_second_factor(Request& request);
  asio::awaitable<http::Response> list_sessions(Request& request);
  asio::awaitable<http::Response> end_sessions(Request& request);
  asio::awaitable<http::Response> list_tokens(Request& request);
  asio::awaitable<http::Response> remove_token(Request& request);

  const AccountsGate& gate_;
  accounts::Administration& administration_;
  const AccountMail& mail_;
};

}  // namespace carillon::api
