// See request.hpp.

#include "api/core/request.hpp"

namespace carillon::api {

Admission admit_by_permission(accounts::Permission permission, const Asked& asked) {
  if (asked.caller.holds_somewhere(permission)) return Request{asked, {}};
  if (auto refused = refusal_of(permission, asked.caller)) return std::unexpected(std::move(*refused));
  return Request{asked, {}};
}

std::optional<http::Response> refusal_of(accounts::Permission permission, const accounts::Caller& caller, std::string_view network) {
  if (caller.holds(permission, network)) return {};
  if (!caller.is_known()) {
    auto response = http::problem(401, "sign-in-needed", "Sign in, or send a token.");
    response.fields.set("WWW-Authenticate", "Bearer");
    return response;
  }
  if (caller.scopes && permission == accounts::Permission::signed_in)
    return http::problem(403, "scope-missing", "This is personal: use a session, or a token without scopes.");
  if (caller.scopes && !caller.scopes->contains(accounts::name_of(permission)))
    return http::problem(403, "scope-missing",
                         "This token doesn't allow this; it needs the scope “" + std::string(accounts::name_of(permission)) + "”.");
  return http::problem(403, "not-allowed", "Your role doesn't allow this; ask an owner or a manager of the network.");
}

}  // namespace carillon::api
