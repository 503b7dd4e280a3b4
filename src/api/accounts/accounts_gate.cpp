// See accounts_gate.hpp.

#include "api/accounts/accounts_gate.hpp"

#include "api/core/answers.hpp"
#include "base/spoken_time.hpp"
#include "base/text.hpp"

namespace carillon::api {
namespace {

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

http::Response too_many_attempts(std::chrono::seconds again_in) {
  auto response = http::problem(429, "too-many-attempts", "Too many attempts; try again in " + span_text(again_in) + ".");
  response.fields.set("Retry-After", std::to_string(again_in.count()));
  return response;
}

asio::awaitable<Admission> AccountsGate::admit(accounts::Permission permission, Owner owner, const Asked& asked) const {
  // What needs nobody known is not protected by a session's second secret: signing in, using a link.
  if (permission == accounts::Permission::everyone && writes(asked.method) && is_foreign_form(asked))
    co_return std::unexpected(http::problem(415, "wrong-type", "Send this request with “Content-Type: application/json”."));
  co_return co_await gate_.admit(permission, owner, asked);
}

}  // namespace carillon::api
