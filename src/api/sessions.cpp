// /api/v1/sessions, /password-resets, /links and /people/me: signing in and out, and what is one's own.

#include "api/accounts_api.hpp"
#include "api/accounts_documents.hpp"
#include "api/answers.hpp"
#include "api/document.hpp"
#include "crypto/totp.hpp"
#include "stats/address.hpp"

#include <boost/json/array.hpp>

namespace carillon::api {
namespace json = boost::json;
namespace {

/// How long the browser keeps the cookie; the session itself ends earlier without use.
constexpr std::chrono::seconds kCookieLasts = accounts::kSessionLastsAtMost;

void set_cookie(http::Response& response, std::string_view value, std::chrono::seconds lasts) {
  response.fields.add("Set-Cookie", std::string(kSessionCookie) + "=" + std::string(value) +
                                        "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(lasts.count()));
}

/// The answer to somebody who is signed in from now on.
http::Response welcome(const accounts::SignedIn& made) {
  auto response =
      api::answer(201, {{"person", document_of(made.person)}, {"session", document_of(made.session, true)}, {"csrf", made.csrf}});
  response.fields.set("Location", "/api/v1/sessions/" + made.session.id);
  set_cookie(response, made.secret, kCookieLasts);
  return response;
}

std::string agent_of(const http::Request& request) { return std::string(request.fields.get("User-Agent").value_or("")); }

/// What only a person has, and neither a token nor whoever sits at the control socket.
std::optional<http::Response> refuse_nobody_in_particular(const http::Request& request) {
  if (!request.caller.id().empty()) return {};
  return http::problem(409, "no-person", "This belongs to a person, and whoever asks over the control socket is none.");
}

}  // namespace

std::string AccountsApi::address_of(const accounts::OneTimeLink& link) const { return origin_ + "/welcome/" + link.secret; }

asio::awaitable<http::Response> AccountsApi::sign_in(http::Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  accounts::Credentials credentials{
      .email = reader->text("email").value_or(""), .password = reader->text("password").value_or(""), .code = reader->text("code")};
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  auto tried = co_await accounts_.sign_in(std::move(credentials), agent_of(request), stats::prefix_of(request.peer.address));
  if (!tried) co_return http::problem(tried.error());
  using enum accounts::SignIn::Outcome;
  switch (tried->outcome) {
    case wrong:
      co_return http::problem(401, "wrong-credentials", "E-mail address, password or code is not right.");
    case code_needed:
      co_return http::problem(401, "code-needed",
                              "The password is right; now the code of your second factor, or a recovery code, is needed.", "code");
    case throttled: {
      auto response = http::problem(429, "too-many-attempts",
                                    "Too many attempts; try again in " + std::to_string(tried->again_in.count()) + " seconds.");
      response.fields.set("Retry-After", std::to_string(tried->again_in.count()));
      co_return response;
    }
    case signed_in:
      break;
  }
  co_return welcome(*tried->signed_in);
}

asio::awaitable<http::Response> AccountsApi::first_run_link(http::Request& /*request*/) {
  const auto link = co_await accounts_.first_run_link();
  if (!link) co_return http::problem(link.error());
  co_return api::answer(
      200, {{"link", *link ? json::value(origin_ + "/studio/welcome/" + **link) : json::value(nullptr)}, {"studio", origin_ + "/studio/"}});
}

asio::awaitable<http::Response> AccountsApi::begin(http::Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  accounts::Accounts::Beginning beginning{.link = reader->text("link").value_or(""),
                                          .name = reader->text("name").value_or(""),
                                          .email = reader->text("email").value_or(""),
                                          .password = reader->text("password").value_or(""),
                                          .network_name = reader->text("network_name").value_or(""),
                                          .steward = reader->text("steward").value_or("")};
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto made = co_await accounts_.begin(std::move(beginning), agent_of(request), stats::prefix_of(request.peer.address));
  if (!made) co_return http::problem(made.error());
  if (begun_) begun_();
  co_return welcome(*made);
}

asio::awaitable<http::Response> AccountsApi::list_sessions(http::Request& request) {
  const auto sessions = co_await accounts_.sessions(request.caller.id());
  if (!sessions) co_return http::problem(sessions.error());
  json::array items;
  for (const auto& session : *sessions) items.push_back(document_of(session, session.id == request.caller.session));
  co_return api::answer(200, {{"items", std::move(items)}});
}

asio::awaitable<http::Response> AccountsApi::current_session(http::Request& request) {
  if (request.caller.session.empty()) co_return http::problem(404, "not-found", "This request came with no session.");
  const auto csrf = co_await accounts_.csrf_of(request.caller.session);
  if (!csrf) co_return http::problem(csrf.error());
  const auto person = co_await accounts_.person(request.caller.id());
  if (!person) co_return http::problem(person.error());
  co_return api::answer(200, {{"person", document_of(*person)}, {"csrf", *csrf}});
}

asio::awaitable<http::Response> AccountsApi::end_session(http::Request& request) {
  auto id = std::string(request.path_parameter("id"));
  if (id == "current") id = request.caller.session;
  const auto ended = co_await accounts_.end_session(request.caller, id);
  if (!ended) co_return http::problem(ended.error());
  http::Response response{.status = 204};
  if (id == request.caller.session) set_cookie(response, "", std::chrono::seconds{0});
  co_return response;
}

asio::awaitable<http::Response> AccountsApi::reset_password(http::Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  const auto email = reader->text("email").value_or("");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto link = co_await accounts_.reset_password(email, stats::prefix_of(request.peer.address));
  if (!link) co_return http::problem(link.error());
  if (*link)
    mail_((*link)->email, "A new password for " + origin_,
          "Somebody, most likely you, asked for a new password for " + origin_ + ".\n\nChoose it here, within an hour:\n\n" +
              address_of(**link) + "\n\nIf it was not you, do nothing: your password stays as it is.\n");
  // The same for everybody: whether there is an account is nobody's business.
  co_return api::answer(202, {{"sentence", "If there is an account with this address, a mail with a link is on its way to it."}});
}

asio::awaitable<http::Response> AccountsApi::get_link(http::Request& request) {
  const auto note = co_await accounts_.link(std::string(request.path_parameter("link")));
  if (!note) co_return http::problem(note.error());
  co_return api::answer(200, {{"kind", note->kind},
                              {"email", note->email},
                              {"network", note->network.empty() ? json::value(nullptr) : json::value(note->network)},
                              {"needs_password", note->needs_password}});
}

asio::awaitable<http::Response> AccountsApi::use_link(http::Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  auto name = reader->text("name");
  auto password = reader->text("password");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto person = co_await accounts_.use_link(std::string(request.path_parameter("link")), std::move(name), std::move(password),
                                                  stats::prefix_of(request.peer.address));
  if (!person) co_return http::problem(person.error());
  co_return api::answer(200, document_of(*person));
}

asio::awaitable<http::Response> AccountsApi::get_self(http::Request& request) {
  if (auto refused = refuse_nobody_in_particular(request)) co_return std::move(*refused);
  const auto person = co_await accounts_.person(request.caller.id());
  if (!person) co_return http::problem(person.error());
  co_return api::answer(200, document_of(*person));
}

asio::awaitable<http::Response> AccountsApi::edit_self(http::Request& request) {
  if (auto refused = refuse_nobody_in_particular(request)) co_return std::move(*refused);
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  auto name = reader->text("name");
  auto password = reader->text("password");
  auto current = reader->text("current_password");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto person = co_await accounts_.edit_self(request.caller, std::move(name), std::move(password), std::move(current));
  if (!person) co_return http::problem(person.error());
  co_return api::answer(200, document_of(*person));
}

asio::awaitable<http::Response> AccountsApi::propose_second_factor(http::Request& request) {
  if (auto refused = refuse_nobody_in_particular(request)) co_return std::move(*refused);
  const auto secret = crypto::new_totp_secret(random_);
  // Nothing is kept until a code proves that the app has it.
  co_return api::answer(200, {{"secret", secret}, {"address", crypto::totp_address(secret, "Carillon", request.caller.email())}});
}

asio::awaitable<http::Response> AccountsApi::set_second_factor(http::Request& request) {
  if (auto refused = refuse_nobody_in_particular(request)) co_return std::move(*refused);
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  const auto secret = reader->text("secret").value_or("");
  const auto code = reader->text("code").value_or("");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto codes = co_await accounts_.set_second_factor(request.caller, secret, code);
  if (!codes) co_return http::problem(codes.error());
  co_return api::answer(200, {{"recovery_codes", json::array(codes->begin(), codes->end())}});
}

asio::awaitable<http::Response> AccountsApi::remove_second_factor(http::Request& request) {
  if (auto refused = refuse_nobody_in_particular(request)) co_return std::move(*refused);
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  const auto current = reader->text("current_password").value_or("");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto removed = co_await accounts_.remove_second_factor(request.caller, current);
  if (!removed) co_return http::problem(removed.error());
  co_return http::Response{.status = 204};
}

}  // namespace carillon::api
