#pragma once
// /api/v1/people/me: the caller's own account.

#include "accounts/access/refusals.hpp"
#include "accounts/access/self.hpp"
#include "accounts/people/people.hpp"
#include "api/accounts/account_mail.hpp"
#include "api/accounts/accounts_gate.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class SelfApi {
 public:
  SelfApi(const AccountsGate& gate, accounts::Self& self, accounts::People& people, accounts::Refusals& refusals, const AccountMail& mail,
          Random& random)
      : gate_{gate}, self_{self}, people_{people}, refusals_{refusals}, mail_{mail}, random_{random} {}

  [[nodiscard]] static std::span<const Route<SelfApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> get(Request& request);
  asio::awaitable<http::Response> edit(Request& request);
  asio::awaitable<http::Response> propose_second_factor(Request& request);
  asio::awaitable<http::Response> set_second_factor(Request& request);
  asio::awaitable<http::Response> remove_second_factor(Request& request);

  /// Checks the current password (and code) in a request; returns a response if they are wrong.
  asio::awaitable<std::expected<accounts::Confirmed, http::Response>> confirm(const Request& request, std::optional<std::string> password,
                                                                              std::optional<std::string> code, bool with_code);

  const AccountsGate& gate_;
  accounts::Self& self_;
  accounts::People& people_;
  accounts::Refusals& refusals_;
  const AccountMail& mail_;
  Random& random_;
};

}  // namespace carillon::api
