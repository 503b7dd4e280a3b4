#pragma once
// /api/v1/people, and their roles in a network.

#include "accounts/people/people.hpp"
#include "api/accounts/account_mail.hpp"
#include "api/accounts/accounts_gate.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class PeopleApi {
 public:
  PeopleApi(const AccountsGate& gate, accounts::People& people, const AccountMail& mail) : gate_{gate}, people_{people}, mail_{mail} {}

  [[nodiscard]] static std::span<const Route<PeopleApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> create(Request& request);
  asio::awaitable<http::Response> set_role(Request& request);
  asio::awaitable<http::Response> remove_role(Request& request);

  const AccountsGate& gate_;
  accounts::People& people_;
  const AccountMail& mail_;
};

}  // namespace carillon::api
