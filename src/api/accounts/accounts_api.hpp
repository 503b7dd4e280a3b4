#pragma once
// The API of accounts: one class with a route table for each kind of thing, put together here.

#include "accounts/people/accounts.hpp"
#include "api/accounts/administration.hpp"
#include "api/accounts/invitations.hpp"
#include "api/accounts/links.hpp"
#include "api/accounts/networks.hpp"
#include "api/accounts/people.hpp"
#include "api/accounts/self.hpp"
#include "api/accounts/sessions.hpp"
#include "api/accounts/takedowns.hpp"
#include "api/accounts/tokens.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class AccountsApi {
 public:
  AccountsApi(accounts::Accounts& accounts, accounts::Refusals& refusals, Gate& gate, SendMail mail, std::string origin, Random& random);
  AccountsApi(const AccountsApi&) = delete;  // its classes refer to each other

  /// Whether a path is one of these.
  [[nodiscard]] static bool owns(std::string_view path);
  /// Of all its tables.
  [[nodiscard]] static std::vector<RouteRule> routes();
  /// Answers one request of its caller.
  asio::awaitable<http::Response> answer(Asked& request);

 private:
  AccountsGate gate_;
  AccountMail mail_;
  SessionsApi sessions_;
  LinksApi links_;
  SelfApi self_;
  PeopleApi people_;
  AdministrationApi administration_;
  InvitationsApi invitations_;
  TokensApi tokens_;
  NetworksApi networks_;
  TakedownsApi takedowns_;
};

}  // namespace carillon::api
