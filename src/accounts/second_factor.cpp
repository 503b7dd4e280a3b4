// Proving once more who one is, and the second factor. See accounts.hpp.

#include "accounts/access_queries.hpp"
#include "accounts/accounts_impl.hpp"
#include "accounts/guessing.hpp"
#include "accounts/people_queries.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "crypto/password.hpp"
#include "crypto/totp.hpp"

#include <array>

namespace carillon::accounts {
namespace {

constexpr std::size_t kRecoveryCodeBytes = 5;
constexpr std::size_t kMinSecretCharacters = 16;
/// Longer than every secret that an app takes.
constexpr std::size_t kMaxSecretCharacters = 128;

/// A factor that was set up after the password was confirmed is not replaced without its code.
std::unexpected<Error> code_needed_by_now() {
  return fail(ErrorKind::conflict,
              "Two-factor authentication was set up for this account just now. To change it, a code of the authenticator app you have now, "
              "or a recovery code, is needed, too.",
              "current_code");
}

std::string purpose_of(const std::string& person_id) { return "second factor of " + person_id; }
/// As recovery codes are kept, however one was typed: "ab12c-d34ef", and not "AB12CD34EF" or "ab12c d34ef".
std::string as_recovery_code(std::string_view typed) {
  auto code = lower_ascii(typed);
  std::erase_if(code, [](char c) { return c == '-' || c == ' '; });
  if (code.size() == 2 * kRecoveryCodeBytes) code.insert(kRecoveryCodeBytes, 1, '-');
  return code;
}

std::string recovery_purpose_of(const std::string& person_id) { return "recovery code of " + person_id; }

}  // namespace

bool Accounts::Impl::take_code(db::Session& session, const std::string& person_id, const std::string& sealed, const std::string& factor,
                               std::string_view code) const {
  auto present = queries::secrets_of(session, person_id);
  if (present.second_factor != sealed) return false;
  const std::string plain(trimmed(code));
  if (const auto step = crypto::accepted_totp_step(factor, plain, clock.now(), present.step)) {
    present.step = *step;
    queries::set_secrets(session, person_id, present);
    return true;
  }
  const auto wanted = as_recovery_code(plain);
  for (const auto& kept : queries::recovery_codes_of(session, person_id)) {
    // Sealed: 40 bits are enough against guessing here, and too few for a digest that was stolen with the database.
    const auto opened = master.open_sealed(kept, recovery_purpose_of(person_id));
    if (opened ? same_secret(*opened, wanted) : kept == digest_of(wanted)) return queries::take_recovery_code(session, person_id, kept);
  }
  return false;
}

asio::awaitable<Result<Confirmation>> Accounts::confirm(Caller by, std::optional<std::string> password, std::optional<std::string> code,
                                                        bool with_code) {
  using enum Confirmation::Outcome;
  const std::array guards{guard_of_person(by.id())};
  queries::Secrets secrets;
  // Like signing in: counted before it is judged.
  const auto waiting = co_await impl_->database.write([&](db::Session& session) -> Result<Duration> {
    secrets = queries::secrets_of(session, by.id());
    if (secrets.password.empty() || !password) return Duration{};
    return count_attempt(session, guards, impl_->clock.now());
  });
  if (!waiting) co_return std::unexpected(waiting.error());
  // A first password proves the address by a link; a token or a session that came before it must not set it.
  if (secrets.password.empty()) co_return Confirmation{.outcome = no_password};
  if (!password) co_return Confirmation{.outcome = wrong_password};
  if (*waiting > Duration{}) co_return Confirmation{.outcome = throttled, .again_in = std::chrono::ceil<std::chrono::seconds>(*waiting)};
  const auto forgive = [&] {
    return impl_->database.write([&](db::Session& session) -> Result<> {
      take_back(session, guards);
      return {};
    });
  };

  const auto right = co_await impl_->hashing.run({.standing = HashingQueue::Standing::known, .name = by.id()},
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
    auto opened = impl_->master.open_sealed(secrets.second_factor, purpose_of(by.id()));
    if (!opened) co_return passed_on(opened);
    factor_secret = std::move(*opened);
  }
  const auto done = co_await impl_->database.write([&](db::Session& session) -> Result<bool> {
    if (queries::secrets_of(session, by.id()).password != secrets.password) return false;
    if (factor && !impl_->take_code(session, by.id(), secrets.second_factor, factor_secret, *code)) return false;
    queries::forget_failures(session, guards.front().subject);
    return true;
  });
  if (!done) co_return std::unexpected(done.error());
  if (!*done) co_return Confirmation{.outcome = factor ? wrong_code : wrong_password};
  co_return Confirmation{.outcome = confirmed, .confirmed = Confirmed{by.id(), factor}};
}

asio::awaitable<Result<std::vector<std::string>>> Accounts::set_second_factor(Caller by, Confirmed confirmed, std::string secret,
                                                                              std::string code) {
  if (confirmed.person_id() != by.id()) co_return fail(ErrorKind::refused, "This second factor is somebody else's.");
  if (secret.size() < kMinSecretCharacters || secret.size() > kMaxSecretCharacters)
    co_return fail(ErrorKind::invalid,
                   "The secret must have " + std::to_string(kMinSecretCharacters) + " to " + std::to_string(kMaxSecretCharacters) +
                       " characters; ask for a new one.",
                   "secret");
  const auto step = crypto::accepted_totp_step(secret, std::string(trimmed(code)), impl_->clock.now(), 0);
  if (!step)
    co_return fail(ErrorKind::invalid, "This isn't the code that the app shows now; check the clock of the phone and try the next one.",
                   "code");
  std::vector<std::string> codes, sealed;
  for (int i = 0; i < kRecoveryCodes; ++i) {
    std::array<std::byte, kRecoveryCodeBytes> bytes{};
    impl_->random.fill(bytes);
    const auto hex = to_hex(bytes);
    codes.push_back(hex.substr(0, 5) + "-" + hex.substr(5));
    sealed.push_back(impl_->master.seal(codes.back(), recovery_purpose_of(by.id()), impl_->random));
  }
  const auto done = co_await impl_->database.write([&](db::Session& session) -> Result<> {
    auto secrets = queries::secrets_of(session, by.id());
    const bool replaced = !secrets.second_factor.empty();
    if (replaced && !confirmed.by_code()) return code_needed_by_now();
    secrets.second_factor = impl_->master.seal(secret, purpose_of(by.id()), impl_->random);
    secrets.step = *step;
    queries::set_secrets(session, by.id(), secrets);
    queries::replace_recovery_codes(session, by.id(), sealed);
    record(session, impl_->clock, impl_->random, by.actor(),
           {.network = "",
            .what = "person.second_factor",
            .subject = by.email(),
            .was = {{"second_factor", replaced}},
            .became = {{"second_factor", replaced ? "replaced" : "set"}}});
    return {};
  });
  if (!done) co_return std::unexpected(done.error());
  log::info("second factor set up", {{"event", "person.second_factor"}, {"person", by.email()}, {"from", by.address_prefix}});
  co_return codes;
}

asio::awaitable<Result<>> Accounts::remove_second_factor(Caller by, Confirmed confirmed) {
  if (confirmed.person_id() != by.id()) co_return fail(ErrorKind::refused, "This second factor is somebody else's.");
  const auto removed = co_await impl_->database.write([&](db::Session& session) -> Result<> {
    auto secrets = queries::secrets_of(session, by.id());
    if (!secrets.second_factor.empty() && !confirmed.by_code()) return code_needed_by_now();
    secrets.second_factor.clear();
    secrets.step = 0;
    queries::set_secrets(session, by.id(), secrets);
    queries::replace_recovery_codes(session, by.id(), {});
    record(session, impl_->clock, impl_->random, by.actor(),
           {.network = "", .what = "person.second_factor", .subject = by.email(), .was = {{"second_factor", true}}, .became = {}});
    return {};
  });
  if (removed)
    log::info("second factor turned off", {{"event", "person.second_factor"}, {"person", by.email()}, {"from", by.address_prefix}});
  co_return removed;
}

}  // namespace carillon::accounts
