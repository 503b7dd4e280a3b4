// See signed_in.hpp.

#include "api/accounts/signed_in.hpp"

#include "api/accounts/accounts_documents.hpp"
#include "api/core/answers.hpp"
#include "api/core/gate.hpp"

namespace carillon::api {
namespace {

/// How long the browser keeps the cookie; the session itself ends earlier without use.
constexpr std::chrono::seconds kCookieLasts = accounts::kSessionLastsAtMost;

}  // namespace

void set_session(http::Response& response, std::string_view value, std::chrono::seconds lasts) {
  response.fields.add("Set-Cookie", accounts::session_cookie(value, lasts));
}

void set_device(http::Response& response, std::string_view device) {
  if (!device.empty()) response.fields.add("Set-Cookie", accounts::device_cookie(device));
}

/// The answer to somebody who is signed in from now on.
http::Response welcome(const accounts::SignedIn& made) {
  auto response =
      api::answer(201, {{"person", document_of(made.person)}, {"session", document_of(made.session, true)}, {"csrf", made.csrf}});
  response.fields.set("Location", "/api/v1/sessions/" + made.session.id);
  set_device(response, made.device);
  set_session(response, made.secret, kCookieLasts);
  return response;
}

std::string agent_of(const http::Request& request) { return std::string(request.fields.get("User-Agent").value_or("")); }

}  // namespace carillon::api
