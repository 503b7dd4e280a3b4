#pragma once
// /api/v1/sessions: signing in and out.

#include "accounts/access/refusals.hpp"
#include "accounts/access/sessions.hpp"
#include "accounts/people/people.hpp"
#include "api/accounts/account_mail.hpp"
#include "api/accounts/accounts_gate.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class SessionsApi {
 public:
  SessionsApi(const AccountsGate& gate, accounts::Sessions& sessions, accounts::People& people, accounts::Refusals& refusals,
              const AccountMail& mail)
      : gate_{gate}, sessions_{sessions}, people_{people}, refusals_{refusals}, mail_{mail} {}

  [[nodiscard]] static std::span<const Route<SessionsApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> sign_in(Request& request);
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> current(Request& request);
  asio::awaitable<http::Response> end(Request& request);

  const AccountsGate& gate_;
  accounts::Sessions& sessions_;
  accounts::People& people_;
  accounts::Refusals& refusals_;
  const AccountMail& mail_;
};

}  // namespace carillon::api
