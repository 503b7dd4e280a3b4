// /api/v1/sessions, /password-resets, /links and /people/me: signing in and out, and what is one's own.

#include "api/accounts/accounts_api.hpp"
#include "api/accounts/accounts_documents.hpp"
#include "api/core/answers.hpp"
#include "api/core/object_reader.hpp"
#include "base/spoken_time.hpp"
#include "crypto/totp.hpp"
#include "net/address.hpp"

#include <boost/json/array.hpp>

namespace carillon::api {
namespace json = boost::json;
namespace {

/// How long the browser keeps the cookie; the session itself ends earlier without use.
constexpr std::chrono::seconds kCookieLasts = accounts::kSessionLastsAtMost;

void set_session(http::Response& response, std::string_view value, std::chrono::seconds lasts) {
  response.fields.add("Set-Cookie", std::string(kSessionCookie) + "=" + std::string(value) +
                                        "; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(lasts.count()));
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

/// What only a person has, and neither a token nor whoever sits at the control socket.
std::optional<http::Response> refuse_nobody_in_particular(const http::Request& request) {
  if (!request.caller.id().empty()) return {};
  return http::problem(409, "no-person", "This belongs to a person, and whoever asks over the control socket is none.");
}

}  // namespace

http::Response too_many_attempts(std::chrono::seconds again_in) {
  auto response = http::problem(429, "too-many-attempts", "Too many attempts; try again in " + span_text(again_in) + ".");
  response.fields.set("Retry-After", std::to_string(again_in.count()));
  return response;
}

std::string AccountsApi::address_of(const accounts::OneTimeLink& link) const { return origin_ + "/welcome/" + link.secret; }

asio::awaitable<http::Response> AccountsApi::sign_in(http::Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  accounts::Credentials credentials{.email = reader->text("email").value_or(""),
                                    .password = reader->text("password").value_or(""),
                                    .code = reader->text("code"),
                                    .device = cookie_of(request, accounts::kDeviceCookie)};
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto email = credentials.email;
  auto tried = co_await accounts_.sign_in(std::move(credentials), agent_of(request), net::region_of(request.peer.address));
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
      co_return http::problem(401, "wrong-credentials", "E-mail address, password or code is not right.");
    case code_needed:
      co_return http::problem(401, "code-needed",
                              "The password is right; now the code of your second factor, or a recovery code, is needed.", "code");
    case throttled:
      co_return too_many_attempts(tried->again_in);
    case signed_in:
      break;
  }
  if (tried->used_recovery_code)
    tell_of_change(tried->signed_in->person.email, "Somebody signed in to your account with a recovery code; that code works no more.");
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
  const auto made = co_await accounts_.begin(std::move(beginning), agent_of(request), net::region_of(request.peer.address));
  if (!made) co_return http::problem(made.error());
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
  if (id == request.caller.session) set_session(response, "", std::chrono::seconds{0});
  co_return response;
}

asio::awaitable<http::Response> AccountsApi::reset_password(http::Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  const auto email = reader->text("email").value_or("");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  // The same for everybody, again.
  if (!mail_)
    co_return http::problem(409, "no-mail",
                            "This server can't send mail. Ask whoever runs it for a link that sets a new password: on the machine, "
                            "“carillon user link EMAIL” prints one.");
  const auto reset = co_await accounts_.reset_password(email, net::region_of(request.peer.address));
  if (!reset) co_return http::problem(reset.error());
  if (reset->again_in > std::chrono::seconds{}) co_return too_many_attempts(reset->again_in);
  if (const auto& link = reset->link)
    mail_(link->email, "A new password for " + origin_,
          "Somebody, most likely you, asked for a new password for " + origin_ + ".\n\nChoose it here, within an hour:\n\n" +
              address_of(*link) + "\n\nIf it was not you, do nothing: your password stays as it is.\n",
          accounts::kResetLasts);
  // The same for everybody: whether there is an account is nobody's business.
  co_return api::answer(202, {{"sentence", "If there is an account with this address, a mail with a link is on its way to it."}});
}

asio::awaitable<http::Response> AccountsApi::get_link(http::Request& request) {
  const auto note = co_await accounts_.link(std::string(request.path_parameter("link")));
  if (!note) co_return http::problem(note.error());
  co_return api::answer(200, {{"kind", note->kind},
                              {"email", note->email},
                              {"network", note->network.empty() ? json::value(nullptr) : json::value(note->network)},
                              {"needs_password", note->needs_password},
                              {"needs_sign_in", note->needs_sign_in}});
}

asio::awaitable<http::Response> AccountsApi::use_link(http::Request& request) {
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  auto name = reader->text("name");
  auto password = reader->text("password");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  const auto used =
      co_await accounts_.use_link(request.caller, std::string(request.path_parameter("link")), std::move(name), std::move(password));
  if (!used) co_return http::problem(used.error());
  if (used->replaced_password) tell_of_change(used->person.email, "Your password was replaced with a link that was made for you.");
  auto response = api::answer(200, document_of(used->person));
  set_device(response, used->device);
  co_return response;
}

asio::awaitable<http::Response> AccountsApi::make_password_link(http::Request& request) {
  const auto link = co_await accounts_.make_password_link(request.caller, std::string(request.path_parameter("person")));
  if (!link) co_return http::problem(link.error());
  co_return answer_with(*link);
}

http::Response AccountsApi::answer_with(const accounts::OneTimeLink& link) const {
  auto response = api::answer(201, {{"email", link.email}, {"link", address_of(link)}, {"link_ends", to_rfc3339(link.ends)}});
  response.fields.set("Cache-Control", "no-store");
  return response;
}

void AccountsApi::tell_of_change(const std::string& email, std::string_view what) const {
  if (mail_)
    mail_(email, "How you sign in to " + origin_ + " has changed",
          std::string(what) + "\n\nIf that was you, there is nothing to do. If not, ask for a new password at once:\n\n" + origin_ +
              "/studio/sign-in\n\nand tell whoever runs this server. Your tokens keep working; remove those that you don't know:\n\n" +
              origin_ + "/studio/account/tokens\n",
          kMailsTried);
}

asio::awaitable<std::expected<accounts::Confirmed, http::Response>> AccountsApi::confirm(const http::Request& request,
                                                                                         std::optional<std::string> password,
                                                                                         std::optional<std::string> code, bool with_code) {
  using Answer = std::expected<accounts::Confirmed, http::Response>;
  auto tried = co_await accounts_.confirm(request.caller, std::move(password), std::move(code), with_code);
  if (!tried) co_return Answer{std::unexpect, http::problem(tried.error())};
  using enum accounts::Confirmation::Outcome;
  if (tried->outcome != confirmed && tried->outcome != no_password)
    refusals_.note({.what = accounts::Refused::confirm,
                    .subject = request.caller.email(),
                    .address_prefix = request.caller.address_prefix,
                    .detail = tried->outcome == throttled     ? "too many attempts"
                              : tried->outcome == code_needed ? "no code"
                              : tried->outcome == wrong_code  ? "wrong code"
                                                              : "wrong password"});
  switch (tried->outcome) {
    case confirmed:
      co_return Answer{*tried->confirmed};
    case throttled:
      co_return Answer{std::unexpect, too_many_attempts(tried->again_in)};
    case wrong_password:
      co_return Answer{std::unexpect, http::problem(422, "invalid", "This isn't your current password.", "current_password")};
    case code_needed:
      co_return Answer{std::unexpect,
                       http::problem(422, "code-needed",
                                     "A code of the authenticator app you have now, or a recovery code, is needed, too.", "current_code")};
    case wrong_code:
      co_return Answer{std::unexpect, http::problem(422, "invalid",
                                                    "This is neither the code that your authenticator app shows now nor a recovery code "
                                                    "that wasn't used yet. A code works once: wait for the next one.",
                                                    "current_code")};
    case no_password:
      break;
  }
  co_return Answer{std::unexpect, http::problem(409, "no-password",
                                                "This account has no password yet. The first one is set with a one-time link: ask for "
                                                "a new password where you sign in, or ask whoever runs this server.")};
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
  std::optional<accounts::Accounts::NewPassword> replacement;
  if (password) {
    auto proof = co_await confirm(request, std::move(current), {}, false);
    if (!proof) co_return std::move(proof.error());
    replacement.emplace(std::move(*password), std::move(*proof), cookie_of(request, accounts::kDeviceCookie));
  }
  const bool replaced = replacement.has_value();
  const auto person = co_await accounts_.edit_self(request.caller, std::move(name), std::move(replacement));
  if (!person) co_return http::problem(person.error());
  if (replaced) tell_of_change(person->email, "Your password was changed.");
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
  auto current = reader->text("current_password");
  auto current_code = reader->text("current_code");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  auto proof = co_await confirm(request, std::move(current), std::move(current_code), true);
  if (!proof) co_return std::move(proof.error());
  const auto codes = co_await accounts_.set_second_factor(request.caller, std::move(*proof), secret, code);
  if (!codes) co_return http::problem(codes.error());
  tell_of_change(request.caller.email(), "Two-factor authentication was set up for your account.");
  co_return api::answer(200, {{"recovery_codes", json::array(codes->begin(), codes->end())}});
}

asio::awaitable<http::Response> AccountsApi::remove_second_factor(http::Request& request) {
  if (auto refused = refuse_nobody_in_particular(request)) co_return std::move(*refused);
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  auto current = reader->text("current_password");
  auto current_code = reader->text("current_code");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  auto proof = co_await confirm(request, std::move(current), std::move(current_code), true);
  if (!proof) co_return std::move(proof.error());
  const auto removed = co_await accounts_.remove_second_factor(request.caller, std::move(*proof));
  if (!removed) co_return http::problem(removed.error());
  tell_of_change(request.caller.email(), "Two-factor authentication was removed from your account.");
  co_return http::Response{.status = 204};
}

}  // namespace carillon::api
