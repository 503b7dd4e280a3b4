// The one table that says what the API of accounts answers, and whom.

#include "api/accounts/accounts_api.hpp"
#include "api/core/answers.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace carillon::api {
namespace {

using enum http::Method;
using enum accounts::Permission;

constexpr std::array kRoutes{
    Route<AccountsApi>{get, "/api/v1/audit", manage, Owner::asked, &AccountsApi::list_audit},
    Route<AccountsApi>{post, "/api/v1/installation", everyone, Owner::nobody, &AccountsApi::begin},
    Route<AccountsApi>{post, "/api/v1/installation/link", operate, Owner::nobody, &AccountsApi::first_run_link},
    Route<AccountsApi>{get, "/api/v1/invitations", manage, Owner::asked, &AccountsApi::list_invitations},
    Route<AccountsApi>{post, "/api/v1/invitations", manage, Owner::asked, &AccountsApi::invite},
    Route<AccountsApi>{del, "/api/v1/invitations/{id}", manage, Owner::invitation, &AccountsApi::withdraw_invitation},
    Route<AccountsApi>{post, "/api/v1/invitations/{id}/link", operate, Owner::invitation, &AccountsApi::make_invitation_link},
    Route<AccountsApi>{get, "/api/v1/links/{link}", everyone, Owner::nobody, &AccountsApi::get_link},
    Route<AccountsApi>{post, "/api/v1/links/{link}", everyone, Owner::nobody, &AccountsApi::use_link},
    Route<AccountsApi>{get, "/api/v1/networks", signed_in, Owner::nobody, &AccountsApi::list_networks},
    Route<AccountsApi>{post, "/api/v1/networks", operate, Owner::nobody, &AccountsApi::create_network},
    Route<AccountsApi>{get, "/api/v1/networks/{network}", view, Owner::network, &AccountsApi::get_network},
    Route<AccountsApi>{patch, "/api/v1/networks/{network}", own, Owner::network, &AccountsApi::edit_network},
    Route<AccountsApi>{put, "/api/v1/networks/{network}/people/{person}", manage, Owner::network, &AccountsApi::set_role},
    Route<AccountsApi>{del, "/api/v1/networks/{network}/people/{person}", manage, Owner::network, &AccountsApi::remove_role},
    Route<AccountsApi>{post, "/api/v1/networks/{network}/resume", operate, Owner::network, &AccountsApi::resume_network},
    Route<AccountsApi>{post, "/api/v1/networks/{network}/suspend", operate, Owner::network, &AccountsApi::suspend_network},
    Route<AccountsApi>{post, "/api/v1/password-resets", everyone, Owner::nobody, &AccountsApi::reset_password},
    Route<AccountsApi>{get, "/api/v1/people", view, Owner::asked, &AccountsApi::list_people},
    Route<AccountsApi>{post, "/api/v1/people", operate, Owner::nobody, &AccountsApi::create_person},
    Route<AccountsApi>{get, "/api/v1/people/me", signed_in, Owner::nobody, &AccountsApi::get_self},
    Route<AccountsApi>{patch, "/api/v1/people/me", signed_in, Owner::nobody, &AccountsApi::edit_self},
    Route<AccountsApi>{post, "/api/v1/people/me/second-factor", signed_in, Owner::nobody, &AccountsApi::propose_second_factor},
    Route<AccountsApi>{put, "/api/v1/people/me/second-factor", signed_in, Owner::nobody, &AccountsApi::set_second_factor},
    Route<AccountsApi>{del, "/api/v1/people/me/second-factor", signed_in, Owner::nobody, &AccountsApi::remove_second_factor},
    Route<AccountsApi>{patch, "/api/v1/people/{person}", own, Owner::person, &AccountsApi::edit_person},
    Route<AccountsApi>{del, "/api/v1/people/{person}", own, Owner::person, &AccountsApi::delete_person},
    Route<AccountsApi>{post, "/api/v1/people/{person}/link", operate, Owner::nobody, &AccountsApi::make_password_link},
    Route<AccountsApi>{del, "/api/v1/people/{person}/second-factor", own, Owner::person, &AccountsApi::reset_second_factor},
    Route<AccountsApi>{get, "/api/v1/people/{person}/sessions", own, Owner::person, &AccountsApi::list_sessions_of},
    Route<AccountsApi>{del, "/api/v1/people/{person}/sessions", own, Owner::person, &AccountsApi::end_sessions_of},
    Route<AccountsApi>{get, "/api/v1/people/{person}/tokens", own, Owner::person, &AccountsApi::list_tokens_of},
    Route<AccountsApi>{del, "/api/v1/people/{person}/tokens/{id}", own, Owner::person, &AccountsApi::remove_token_of},
    Route<AccountsApi>{get, "/api/v1/sessions", signed_in, Owner::nobody, &AccountsApi::list_sessions},
    Route<AccountsApi>{post, "/api/v1/sessions", everyone, Owner::nobody, &AccountsApi::sign_in},
    Route<AccountsApi>{get, "/api/v1/sessions/current", signed_in, Owner::nobody, &AccountsApi::current_session},
    Route<AccountsApi>{del, "/api/v1/sessions/{id}", signed_in, Owner::nobody, &AccountsApi::end_session},
    Route<AccountsApi>{post, "/api/v1/shows/{show}/resume", operate, Owner::show, &AccountsApi::resume_show},
    Route<AccountsApi>{post, "/api/v1/shows/{show}/suspend", operate, Owner::show, &AccountsApi::suspend_show},
    Route<AccountsApi>{get, "/api/v1/tokens", signed_in, Owner::nobody, &AccountsApi::list_tokens},
    Route<AccountsApi>{post, "/api/v1/tokens", signed_in, Owner::nobody, &AccountsApi::create_token},
    Route<AccountsApi>{del, "/api/v1/tokens/{id}", signed_in, Owner::nobody, &AccountsApi::remove_token},
};

/// For answers that came too late: the line in front of the hashing is shorter by then.
constexpr const char* kBusyAgain = "10";

/// A page of another site can make a browser send forms and plain text, and even receive a session that way; JSON only after asking us,
/// which we deny (Fetch §3.2, “CORS-preflight”). Where a browser says that it was one of our own pages, any type will do.
bool is_foreign_form(const http::Request& request) {
  if (request.peer.local_socket || request.fields.get("Authorization")) return false;
  const auto type = request.fields.get("Content-Type").value_or("");
  if (lower_ascii(trimmed(type.substr(0, type.find(';')))) == "application/json") return false;
  const auto site = request.fields.get("Sec-Fetch-Site").value_or("");
  return site != "same-origin" && site != "same-site";
}

}  // namespace

std::span<const Route<AccountsApi>> AccountsApi::routes() noexcept { return kRoutes; }

bool AccountsApi::owns(std::string_view path) {
  return std::ranges::any_of(kRoutes, [&](const auto& route) { return http::match(route.pattern, path).has_value(); });
}

asio::awaitable<http::Response> AccountsApi::answer(http::Request& request) {
  const auto admit = [this](const Route<AccountsApi>& route, http::Request& asked) -> asio::awaitable<std::optional<http::Response>> {
    // What needs nobody known is not protected by a session's second secret: signing in, using a link.
    if (route.permission == everyone && writes(route.method) && is_foreign_form(asked))
      co_return http::problem(415, "wrong-type", "Send this request as “Content-Type: application/json”.");
    co_return co_await gate_.admit(route.permission, route.owner, asked);
  };
  auto response = co_await http::dispatch(routes(), *this, request, admit);
  if (response.status == 503 && !response.fields.get("Retry-After")) response.fields.set("Retry-After", kBusyAgain);
  co_return response;
}

}  // namespace carillon::api
