// See accounts_api.hpp.

#include "api/accounts/accounts_api.hpp"

#include <algorithm>

namespace carillon::api {
namespace {

/// For answers that came too late: the line in front of the hashing is shorter by then.
constexpr const char* kBusyAgain = "10";

}  // namespace

AccountsApi::AccountsApi(accounts::Accounts& accounts, accounts::Refusals& refusals, Gate& gate, SendMail mail, std::string origin,
                         Random& random)
    : gate_{gate},
      mail_{std::move(mail), std::move(origin)},
      sessions_{gate_, accounts.sessions, accounts.people, refusals, mail_},
      links_{gate_, accounts.links, accounts.first_run, mail_},
      self_{gate_, accounts.self, accounts.people, refusals, mail_, random},
      people_{gate_, accounts.people, mail_},
      administration_{gate_, accounts.administration, mail_},
      invitations_{gate_, accounts.invitations, mail_},
      tokens_{gate_, accounts.tokens, accounts.people},
      networks_{gate_, accounts.networks},
      takedowns_{gate_, accounts.takedowns} {}

std::vector<RouteRule> AccountsApi::routes() {
  return rules_of<SessionsApi, LinksApi, SelfApi, PeopleApi, AdministrationApi, InvitationsApi, TokensApi, NetworksApi, TakedownsApi>();
}

bool AccountsApi::owns(std::string_view path) {
  static const auto rules = routes();
  return std::ranges::any_of(rules, [&](const auto& rule) { return http::match(rule.pattern, path).has_value(); });
}

asio::awaitable<http::Response> AccountsApi::answer(Asked& request) {
  // /people/me before /people/ID.
  auto response =
      co_await http::dispatch_to(request, sessions_, links_, self_, people_, administration_, invitations_, tokens_, networks_, takedowns_);
  if (response.status == 503 && !response.fields.get("Retry-After")) response.fields.set("Retry-After", kBusyAgain);
  co_return response;
}

}  // namespace carillon::api
