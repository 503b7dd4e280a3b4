#pragma once
// /api/v1/tokens: a person's own tokens.

#include "accounts/access/tokens.hpp"
#include "accounts/people/people.hpp"
#include "api/accounts/accounts_gate.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class TokensApi {
 public:
  TokensApi(const AccountsGate& gate, accounts::Tokens& tokens, accounts::People& people) : gate_{gate}, tokens_{tokens}, people_{people} {}

  [[nodiscard]] static std::span<const Route<TokensApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> create(Request& request);
  asio::awaitable<http::Response> remove(Request& request);

  const AccountsGate& gate_;
  accounts::Tokens& tokens_;
  accounts::People& people_;
};

}  // namespace carillon::api
