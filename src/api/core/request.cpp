// See request.hpp.

#include "api/core/request.hpp"

namespace carillon::api {

Admission admit_by_permission(accounts::Permission permission, const Asked& asked) {
  if (asked.caller.holds_somewhere(permission)) return Request{asked, {}};
  if (auto refused = refusal_of(permission, asked.caller)) return std::unexpected(std::move(*refused));
  return Request{asked, {}};
}

std::optional<http::Response> scope_refusal_of(accounts::Permission permission, const accounts::Caller& caller) {
  if (!caller.scopes || permission == accounts::Permission::everyone) return {};
  if (permission == accounts::Permission::signed_in)
    return http::problem(403, "scope-missing", "This requires signing in: use a session, or a token without scopes.");
  const auto scope = accounts::name_of(permission);
  if (caller.scopes->contains(scope)) return {};
  return http::problem(403, "scope-missing", "This token isn't allowed to do this; it needs the scope “" + std::string(scope) + "”.");
}

http::Response operate_scope_missing() {
  return http::problem(403, "scope-missing",
                       "This operator's token lacks the scope “operate”, so it only works in networks that its owner belongs to.");
}

std::optional<http::Response> refusal_of(accounts::Permission permission, const accounts::Caller& caller, std::string_view network) {
  if (caller.holds(permission, network)) return {};
  if (!caller.is_known()) {
    auto response = http::problem(401, "sign-in-needed", "Sign in, or send a token.");
    response.fields.set("WWW-Authenticate", "Bearer");
    return response;
  }
  if (auto refused = scope_refusal_of(permission, caller)) return refused;
  if (caller.lacks_operate_scope()) return operate_scope_missing();
  return http::problem(403, "not-allowed", "Your role doesn't allow this; ask an owner or a manager of the network.");
}

}  // namespace carillon::api
