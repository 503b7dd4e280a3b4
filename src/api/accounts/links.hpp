#pragma once
// /api/v1/links, /password-resets and /installation: using and creating one-time links.

#include "accounts/people/links.hpp"
#include "api/accounts/account_mail.hpp"
#include "api/accounts/accounts_gate.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class LinksApi {
 public:
  LinksApi(const AccountsGate& gate, accounts::Links& links, accounts::FirstRun& first_run, const AccountMail& mail)
      : gate_{gate}, links_{links}, first_run_{first_run}, mail_{mail} {}

  [[nodiscard]] static std::span<const Route<LinksApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> reset_password(Request& request);
  asio::awaitable<http::Response> get_link(Request& request);
  asio::awaitable<http::Response> use_link(Request& request);
  asio::awaitable<http::Response> make_password_link(Request& request);
  asio::awaitable<http::Response> first_run_link(Request& request);
  asio::awaitable<http::Response> begin(Request& request);

  const AccountsGate& gate_;
  accounts::Links& links_;
  accounts::FirstRun& first_run_;
  const AccountMail& mail_;
};

}  // namespace carillon::api
