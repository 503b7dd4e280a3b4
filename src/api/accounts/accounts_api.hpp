#pragma once
// The API of accounts: signing in, networks, people, invitations, tokens, the audit trail.

#include "accounts/accounts.hpp"
#include "accounts/refusals.hpp"
#include "api/core/gate.hpp"
#include "api/core/route.hpp"

namespace carillon::api {

/// Sends a message to a person, in the background, and tries again for `worth`. False when too many wait already. Any thread; must not
/// block.
using SendMail = std::function<bool(std::string to, std::string subject, std::string text, Duration worth)>;
/// How long invitations and notices are tried; a link for a new password only as long as it lives.
inline constexpr std::chrono::hours kMailsTried{24};

/// The 429 of somebody who tried too often.
[[nodiscard]] http::Response too_many_attempts(std::chrono::seconds again_in);

/// Any event loop.
class AccountsApi {
 public:
  /// `mail` is empty where this server can't send any.
  AccountsApi(accounts::Accounts& accounts, accounts::Refusals& refusals, Gate& gate, SendMail mail, std::string origin, Random& random)
      : accounts_{accounts}, refusals_{refusals}, gate_{gate}, mail_{std::move(mail)}, origin_{std::move(origin)}, random_{random} {}

  [[nodiscard]] static bool owns(std::string_view path);
  [[nodiscard]] static std::span<const Route<AccountsApi>> routes() noexcept;
  /// Answers one request of request.caller.
  asio::awaitable<http::Response> answer(http::Request& request);

  // The handlers of the route table (accounts_routes.cpp), by resource.
  asio::awaitable<http::Response> sign_in(http::Request& request);
  asio::awaitable<http::Response> list_sessions(http::Request& request);
  asio::awaitable<http::Response> current_session(http::Request& request);
  asio::awaitable<http::Response> end_session(http::Request& request);
  asio::awaitable<http::Response> reset_password(http::Request& request);
  asio::awaitable<http::Response> get_link(http::Request& request);
  asio::awaitable<http::Response> use_link(http::Request& request);
  asio::awaitable<http::Response> get_self(http::Request& request);
  asio::awaitable<http::Response> edit_self(http::Request& request);
  asio::awaitable<http::Response> propose_second_factor(http::Request& request);
  asio::awaitable<http::Response> set_second_factor(http::Request& request);
  asio::awaitable<http::Response> remove_second_factor(http::Request& request);
  asio::awaitable<http::Response> make_password_link(http::Request& request);

  asio::awaitable<http::Response> first_run_link(http::Request& request);
  asio::awaitable<http::Response> begin(http::Request& request);

  asio::awaitable<http::Response> list_networks(http::Request& request);
  asio::awaitable<http::Response> create_network(http::Request& request);
  asio::awaitable<http::Response> get_network(http::Request& request);
  asio::awaitable<http::Response> edit_network(http::Request& request);
  asio::awaitable<http::Response> suspend_network(http::Request& request);
  asio::awaitable<http::Response> resume_network(http::Request& request);

  asio::awaitable<http::Response> suspend_show(http::Request& request);
  asio::awaitable<http::Response> resume_show(http::Request& request);

  asio::awaitable<http::Response> list_people(http::Request& request);
  asio::awaitable<http::Response> create_person(http::Request& request);
  asio::awaitable<http::Response> edit_person(http::Request& request);
  asio::awaitable<http::Response> delete_person(http::Request& request);
  asio::awaitable<http::Response> reset_second_factor(http::Request& request);
  asio::awaitable<http::Response> list_sessions_of(http::Request& request);
  asio::awaitable<http::Response> end_sessions_of(http::Request& request);
  asio::awaitable<http::Response> list_tokens_of(http::Request& request);
  asio::awaitable<http::Response> remove_token_of(http::Request& request);
  asio::awaitable<http::Response> set_role(http::Request& request);
  asio::awaitable<http::Response> remove_role(http::Request& request);
  asio::awaitable<http::Response> list_invitations(http::Request& request);
  asio::awaitable<http::Response> invite(http::Request& request);
  asio::awaitable<http::Response> withdraw_invitation(http::Request& request);
  asio::awaitable<http::Response> make_invitation_link(http::Request& request);

  asio::awaitable<http::Response> list_tokens(http::Request& request);
  asio::awaitable<http::Response> create_token(http::Request& request);
  asio::awaitable<http::Response> remove_token(http::Request& request);
  asio::awaitable<http::Response> list_audit(http::Request& request);

 private:
  /// Where a one-time link leads.
  [[nodiscard]] std::string address_of(const accounts::OneTimeLink& link) const;
  [[nodiscard]] http::Response answer_with(const accounts::OneTimeLink& link) const;
  /// Checks the current password (and code) that a request came with; a response when they are not right.
  asio::awaitable<std::expected<accounts::Confirmed, http::Response>> confirm(const http::Request& request,
                                                                              std::optional<std::string> password,
                                                                              std::optional<std::string> code, bool with_code);
  /// Says to a person by mail, where there is any, that how they sign in was changed (OWASP ASVS 4.0.3 §2.2.3).
  void tell_of_change(const std::string& email, std::string_view what) const;

  accounts::Accounts& accounts_;
  accounts::Refusals& refusals_;
  Gate& gate_;
  SendMail mail_;
  std::string origin_;
  Random& random_;
};

}  // namespace carillon::api
