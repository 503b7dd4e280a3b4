#pragma once
// The accounts API, composed of one class with a route table per resource.

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

  /// Whether this API has the path.
  [[nodiscard]] static bool owns(std::string_view path);
  /// The routes of all its tables.
  [[nodiscard]] static std::vector<RouteRule> routes();
  /// Handles one request.
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
