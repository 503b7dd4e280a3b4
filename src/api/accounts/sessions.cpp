// See sessions.hpp.

#include "api/accounts/sessions.hpp"

#include "api/accounts/accounts_documents.hpp"
#include "api/accounts/signed_in.hpp"
#include "api/core/answers.hpp"
#include "api/core/object_reader.hpp"
#include "base/ip/address.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;

std::span<const Route<SessionsApi>> SessionsApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<SessionsApi>{get, "/api/v1/sessions", signed_in, Owner::nobody, &SessionsApi::list},
      Route<SessionsApi>{post, "/api/v1/sessions", everyone, Owner::nobody, &SessionsApi::sign_in},
      Route<SessionsApi>{get, "/api/v1/sessions/current", signed_in, Owner::nobody, &SessionsApi::current},
      Route<SessionsApi>{del, "/api/v1/sessions/{id}", signed_in, Owner::nobody, &SessionsApi::end},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> SessionsApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> SessionsApi::sign_in(Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  accounts::Credentials credentials{.email = reader->text("email").value_or(""),
                                    .password = reader->text("password").value_or(""),
                                    .code = reader->text("code"),
                                    .device = cookie_of(request, accounts::kDeviceCookie)};
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto email = credentials.email;
  auto tried = co_await sessions_.sign_in(std::move(credentials), agent_of(request), region_of(request.peer.address));
  if (!tried) co_return http::problem(tried.error());
  using enum accounts::SignIn::Outcome;
  if (tried->outcome != signed_in) {
    const auto what = tried->outcome == wrong       ? accounts::Refused::sign_in
                      : tried->outcome == throttled ? accounts::Refused::sign_in_throttled
                                                    : accounts::Refused::second_factor;
    refusals_.note({.what = what, .subject = email, .address_prefix = request.caller.address_prefix});
  }
  switch (tried->outcome) {
    case wrong:
      co_return http::problem(401, "wrong-credentials", "The email address, password or code is wrong.");
    case code_needed:
      co_return http::problem(401, "code-needed",
                              "The password is correct. Now enter the code from your authenticator app, or a recovery code.", "code");
    case throttled:
      co_return too_many_attempts(tried->again_in);
    case signed_in:
      break;
  }
  if (tried->used_recovery_code)
    mail_.tell_of_change(tried->signed_in->person.email,
                         "Someone signed in to your account with a recovery code; that code no longer works.");
  co_return welcome(*tried->signed_in);
}

asio::awaitable<http::Response> SessionsApi::list(Request& request) {
  const auto sessions = co_await sessions_.list(request.caller.id());
  if (!sessions) co_return http::problem(sessions.error());
  json::array items;
  for (const auto& session : *sessions) items.push_back(document_of(session, session.id == request.caller.session));
  co_return api::answer(200, {{"items", std::move(items)}});
}

asio::awaitable<http::Response> SessionsApi::current(Request& request) {
  if (request.caller.session.empty()) co_return http::problem(404, "not-found", "This request has no session.");
  const auto csrf = co_await sessions_.csrf_of(request.caller.session);
  if (!csrf) co_return http::problem(csrf.error());
  const auto person = co_await people_.find(request.caller.id());
  if (!person) co_return http::problem(person.error());
  co_return api::answer(200, {{"person", document_of(*person)}, {"csrf", *csrf}});
}

asio::awaitable<http::Response> SessionsApi::end(Request& request) {
  auto id = std::string(request.path_parameter("id"));
  if (id == "current") id = request.caller.session;
  const auto ended = co_await sessions_.end(request.caller, id);
  if (!ended) co_return http::problem(ended.error());
  http::Response response{.status = 204};
  if (id == request.caller.session) set_session(response, "", std::chrono::seconds{0});
  co_return response;
}

}  // namespace carillon::api
