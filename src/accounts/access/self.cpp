// See self.hpp.

#include "accounts/access/self.hpp"

#include "accounts/access/guessing.hpp"
#include "accounts/access/secrets.hpp"
#include "accounts/audit.hpp"
#include "accounts/checks.hpp"
#include "accounts/store/devices.hpp"
#include "accounts/store/failures.hpp"
#include "accounts/store/links.hpp"
#include "accounts/store/sessions.hpp"
#include "base/log.hpp"
#include "crypto/password.hpp"
#include "crypto/password_policy.hpp"

#include <array>

namespace carillon::accounts {
namespace {

/// A factor that was set up after the password was confirmed is not replaced without its code.
std::unexpected<Error> code_needed_by_now() {
  return fail(
      ErrorKind::conflict,
      "Two-factor authentication was just set up for this account. To change it, also enter a code from your current authenticator app "
      "or a recovery code.",
      "current_code");
}

}  // namespace

asio::awaitable<Result<Confirmation>> Self::confirm(Caller by, std::optional<std::string> password, std::optional<std::string> code,
                                                    bool with_code) {
  using enum Confirmation::Outcome;
  const std::array guards{guard_of_person(by.id())};
  queries::Secrets secrets;
  // Like signing in: counted before it is judged.
  const auto waiting = co_await parts_.database.write([&](db::Session& session) -> Result<Duration> {
    secrets = queries::secrets_of(session, by.id());
    if (secrets.password.empty() || !password) return Duration{};
    return count_attempt(session, guards, parts_.clock.now());
  });
  if (!waiting) co_return std::unexpected(waiting.error());
  // A first password proves the address by a link; a token or a session that came before it must not set it.
  if (secrets.password.empty()) co_return Confirmation{.outcome = no_password};
  if (!password) co_return Confirmation{.outcome = wrong_password};
  if (*waiting > Duration{}) co_return Confirmation{.outcome = throttled, .again_in = std::chrono::ceil<std::chrono::seconds>(*waiting)};
  const auto forgive = [&] {
    return parts_.database.write([&](db::Session& session) -> Result<> {
      take_back(session, guards);
      return {};
    });
  };

  const auto right = co_await parts_.hashing.run({.standing = HashingQueue::Standing::known, .name = by.id()},
                                                 [&] { return crypto::is_password(*password, secrets.password); });
  if (!right) {
    if (const auto forgiven = co_await forgive(); !forgiven) co_return std::unexpected(forgiven.error());
    co_return std::unexpected(right.error());
  }
  if (!*right) co_return Confirmation{.outcome = wrong_password};
  const bool factor = with_code && !secrets.second_factor.empty();
  if (factor && !code) {
    if (const auto forgiven = co_await forgive(); !forgiven) co_return std::unexpected(forgiven.error());
    co_return Confirmation{.outcome = code_needed};
  }
  std::string factor_secret;
  if (factor) {
    auto opened = parts_.second_factors.open(by.id(), secrets.second_factor);
    if (!opened) co_return forward_error(opened);
    factor_secret = std::move(*opened);
  }
  const auto done = co_await parts_.database.write([&](db::Session& session) -> Result<bool> {
    if (queries::secrets_of(session, by.id()).password != secrets.password) return false;
    if (factor && !parts_.second_factors.take(session, by.id(), secrets.second_factor, factor_secret, *code)) return false;
    queries::forget_failures(session, guards.front().subject);
    return true;
  });
  if (!done) co_return std::unexpected(done.error());
  if (!*done) co_return Confirmation{.outcome = factor ? wrong_code : wrong_password};
  co_return Confirmation{.outcome = confirmed, .confirmed = Confirmed{by.id(), factor}};
}

asio::awaitable<Result<Person>> Self::edit(Caller by, std::optional<std::string> name, std::optional<NewPassword> password) {
  if (name) {
    if (auto good = check_name(*name); !good) co_return forward_error(good);
  }
  std::string hash;
  if (password) {
    if (password->confirmed.person_id() != by.id()) co_return fail(ErrorKind::refused, "You can only change your own password.");
    const auto self = co_await parts_.database.read([&](db::Session& session) -> Result<Person> {
      auto found = queries::person(session, by.id());
      if (!found) return no_such_person();
      return std::move(*found);
    });
    if (!self) co_return std::unexpected(self.error());
    const auto called = name.value_or(self->name);
    if (auto good = crypto::check_new_password(password->password, {.email = self->email, .name = called}); !good)
      co_return forward_error(good);
    auto hashed = co_await parts_.hashing.run({.standing = HashingQueue::Standing::known, .name = by.id()},
                                              [&] { return crypto::hash_password(password->password); });
    if (!hashed) co_return forward_error(hashed);
    hash = std::move(*hashed);
  }
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<Person> {
    auto person = queries::person(session, by.id());
    if (!person) return fail(ErrorKind::not_found, "This account no longer exists.");
    Act act{.network = "", .what = "person.edit", .subject = person->email, .was = {}, .became = {}};
    if (name && *name != person->name) {
      act.was["name"] = person->name;
      act.became["name"] = *name;
      queries::set_name(session, person->id, *name);
      person->name = *name;
    }
    if (!hash.empty()) {
      auto secrets = queries::secrets_of(session, person->id);
      secrets.password = hash;
      queries::set_secrets(session, person->id, secrets);
      // Whoever knew the old one is out, and so is whoever has a link from then.
      queries::remove_sessions_of(session, person->id, by.session);
      parts_.revocations.tell_once_committed(
          parts_.database, {.person = person->id, .session = {}, .token = {}, .kept_session = by.session, .sessions_only = true});
      queries::remove_devices_of(session, person->id, password->device.empty() ? "" : digest_of(password->device));
      queries::remove_password_links_of(session, person->email);
      act.became["password"] = "changed";
      person->has_password = true;
    }
    record(session, parts_.clock, parts_.random, by.actor(), act);
    return std::move(*person);
  });
}

asio::awaitable<Result<std::vector<std::string>>> Self::set_second_factor(Caller by, Confirmed confirmed, std::string secret,
                                                                          std::string code) {
  if (confirmed.person_id() != by.id()) co_return fail(ErrorKind::refused, "You can only change your own two-factor authentication.");
  const auto step = parts_.second_factors.check_new(secret, code);
  if (!step) co_return std::unexpected(step.error());
  const auto codes = SecondFactors::new_recovery_codes(parts_.random);
  const auto done = co_await parts_.database.write([&](db::Session& session) -> Result<> {
    const bool replaced = !queries::secrets_of(session, by.id()).second_factor.empty();
    if (replaced && !confirmed.by_code()) return code_needed_by_now();
    parts_.second_factors.keep(session, parts_.random, by.id(), secret, *step, codes);
    record(session, parts_.clock, parts_.random, by.actor(),
           {.network = "",
            .what = "person.second_factor",
            .subject = by.email(),
            .was = {{"second_factor", replaced}},
            .became = {{"second_factor", replaced ? "replaced" : "set"}}});
    return {};
  });
  if (!done) co_return std::unexpected(done.error());
  log::info("two-factor authentication set up", {{"event", "person.second_factor"}, {"person", by.email()}, {"from", by.address_prefix}});
  co_return codes;
}

asio::awaitable<Result<>> Self::remove_second_factor(Caller by, Confirmed confirmed) {
  if (confirmed.person_id() != by.id()) co_return fail(ErrorKind::refused, "You can only change your own two-factor authentication.");
  const auto removed = co_await parts_.database.write([&](db::Session& session) -> Result<> {
    if (!queries::secrets_of(session, by.id()).second_factor.empty() && !confirmed.by_code()) return code_needed_by_now();
    SecondFactors::remove(session, by.id());
    record(session, parts_.clock, parts_.random, by.actor(),
           {.network = "", .what = "person.second_factor", .subject = by.email(), .was = {{"second_factor", true}}, .became = {}});
    return {};
  });
  if (removed)
    log::info("two-factor authentication turned off",
              {{"event", "person.second_factor"}, {"person", by.email()}, {"from", by.address_prefix}});
  co_return removed;
}

}  // namespace carillon::accounts
