// See self.hpp.

#include "api/accounts/self.hpp"

#include "accounts/access/session_maker.hpp"
#include "api/accounts/accounts_documents.hpp"
#include "api/core/answers.hpp"
#include "api/core/object_reader.hpp"
#include "crypto/totp.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace json = boost::json;
namespace {

/// What only a person has, and neither a token nor whoever sits at the control socket.
std::optional<http::Response> refuse_nobody_in_particular(const Request& request) {
  if (!request.caller.id().empty()) return {};
  return http::problem(409, "no-person", "This requires an account; requests over the control socket don't have one.");
}

}  // namespace

std::span<const Route<SelfApi>> SelfApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<SelfApi>{get, "/api/v1/people/me", signed_in, Owner::nobody, &SelfApi::get},
      Route<SelfApi>{patch, "/api/v1/people/me", signed_in, Owner::nobody, &SelfApi::edit},
      Route<SelfApi>{post, "/api/v1/people/me/second-factor", signed_in, Owner::nobody, &SelfApi::propose_second_factor},
      Route<SelfApi>{put, "/api/v1/people/me/second-factor", signed_in, Owner::nobody, &SelfApi::set_second_factor},
      Route<SelfApi>{del, "/api/v1/people/me/second-factor", signed_in, Owner::nobody, &SelfApi::remove_second_factor},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> SelfApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<std::expected<accounts::Confirmed, http::Response>> SelfApi::confirm(const Request& request,
                                                                                     std::optional<std::string> password,
                                                                                     std::optional<std::string> code, bool with_code) {
  using Answer = std::expected<accounts::Confirmed, http::Response>;
  auto tried = co_await self_.confirm(request.caller, std::move(password), std::move(code), with_code);
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
      co_return Answer{
          std::unexpect,
          http::problem(422, "code-needed", "Also enter a code from your current authenticator app or a recovery code.", "current_code")};
    case wrong_code:
      co_return Answer{std::unexpect, http::problem(422, "invalid",
                                                    "This is neither your authenticator app's current code nor an unused recovery "
                                                    "code. Each code works once; wait for the next one.",
                                                    "current_code")};
    case no_password:
      break;
  }
  co_return Answer{std::unexpect, http::problem(409, "no-password",
                                                "This account has no password yet. Set one with a one-time link: request a password reset "
                                                "on the sign-in page, or ask the operator of this server.")};
}

asio::awaitable<http::Response> SelfApi::get(Request& request) {
  if (auto refused = refuse_nobody_in_particular(request)) co_return std::move(*refused);
  const auto person = co_await people_.find(request.caller.id());
  if (!person) co_return http::problem(person.error());
  co_return api::answer(200, document_of(*person));
}

asio::awaitable<http::Response> SelfApi::edit(Request& request) {
  if (auto refused = refuse_nobody_in_particular(request)) co_return std::move(*refused);
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  auto name = reader->text("name");
  auto password = reader->text("password");
  auto current = reader->text("current_password");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  std::optional<accounts::Self::NewPassword> replacement;
  if (password) {
    auto proof = co_await confirm(request, std::move(current), {}, false);
    if (!proof) co_return std::move(proof.error());
    replacement.emplace(std::move(*password), std::move(*proof), cookie_of(request, accounts::kDeviceCookie));
  }
  const bool replaced = replacement.has_value();
  const auto person = co_await self_.edit(request.caller, std::move(name), std::move(replacement));
  if (!person) co_return http::problem(person.error());
  if (replaced) mail_.tell_of_change(person->email, "Your password was changed.");
  co_return api::answer(200, document_of(*person));
}

asio::awaitable<http::Response> SelfApi::propose_second_factor(Request& request) {
  if (auto refused = refuse_nobody_in_particular(request)) co_return std::move(*refused);
  const auto secret = crypto::new_totp_secret(random_);
  // Nothing is kept until a code proves that the app has it.
  co_return api::answer(200, {{"secret", secret}, {"address", crypto::totp_address(secret, "Carillon", request.caller.email())}});
}

asio::awaitable<http::Response> SelfApi::set_second_factor(Request& request) {
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
  const auto codes = co_await self_.set_second_factor(request.caller, std::move(*proof), secret, code);
  if (!codes) co_return http::problem(codes.error());
  mail_.tell_of_change(request.caller.email(), "Two-factor authentication was set up for your account.");
  co_return api::answer(200, {{"recovery_codes", json::array(codes->begin(), codes->end())}});
}

asio::awaitable<http::Response> SelfApi::remove_second_factor(Request& request) {
  if (auto refused = refuse_nobody_in_particular(request)) co_return std::move(*refused);
  auto reader = co_await read_object(request);
  if (!reader) co_return http::problem(reader.error());
  auto current = reader->text("current_password");
  auto current_code = reader->text("current_code");
  if (auto finished = reader->finish(); !finished) co_return http::problem(finished.error());
  auto proof = co_await confirm(request, std::move(current), std::move(current_code), true);
  if (!proof) co_return std::move(proof.error());
  const auto removed = co_await self_.remove_second_factor(request.caller, std::move(*proof));
  if (!removed) co_return http::problem(removed.error());
  mail_.tell_of_change(request.caller.email(), "Two-factor authentication was removed from your account.");
  co_return http::Response{.status = 204};
}

}  // namespace carillon::api
