#pragma once
// /api/v1/invitations: inviting people to a network.

#include "accounts/people/invitations.hpp"
#include "api/accounts/account_mail.hpp"
#include "api/accounts/accounts_gate.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class InvitationsApi {
 public:
  InvitationsApi(const AccountsGate& gate, accounts::Invitations& invitations, const AccountMail& mail)
      : gate_{gate}, invitations_{invitations}, mail_{mail} {}

  [[nodiscard]] static std::span<const Route<InvitationsApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> invite(Request& request);
  asio::awaitable<http::Response> withdraw(Request& request);
  asio::awaitable<http::Response> make_link(Request& request);

  const AccountsGate& gate_;
  accounts::Invitations& invitations_;
  const AccountMail& mail_;
};

}  // namespace carillon::api
