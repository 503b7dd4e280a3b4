// See sessions.hpp.

#include "accounts/access/sessions.hpp"

#include "accounts/access/guessing.hpp"
#include "accounts/access/secrets.hpp"
#include "accounts/audit.hpp"
#include "accounts/store/devices.hpp"
#include "accounts/store/failures.hpp"
#include "accounts/store/people.hpp"
#include "base/mail_address.hpp"
#include "base/text.hpp"
#include "crypto/password.hpp"
#include "crypto/password_policy.hpp"

#include <array>

namespace carillon::accounts {
namespace {

constexpr std::size_t kAppCodeDigits = 6;  // a recovery code has more

SignIn throttled(Duration left) {
  return {.outcome = SignIn::Outcome::throttled, .signed_in = {}, .again_in = std::chrono::ceil<std::chrono::seconds>(left)};
}

}  // namespace

asio::awaitable<Result<SignIn>> Sessions::sign_in(Credentials credentials, std::string agent, std::string address_prefix) {
  const auto email = lower_ascii(trimmed(credentials.email));
  // Before anything is hashed, and the same whether there is such an account or not.
  if (email.size() > kMaxMailAddressBytes)
    co_return fail(ErrorKind::invalid, "An email address can have at most " + std::to_string(kMaxMailAddressBytes) + " bytes.", "email");
  if (credentials.password.size() > crypto::kMaxPasswordBytes)
    co_return fail(ErrorKind::invalid, "A password can have at most " + std::to_string(crypto::kMaxPasswordBytes) + " bytes.", "password");
  const auto now = parts_.clock.now();
  const auto device_digest = digest_of(credentials.device);

  std::optional<Person> person;
  queries::Secrets secrets;
  std::optional<queries::DeviceRow> device;
  std::vector<Guard> guards;
  // The attempt is counted before it is judged: many at once do not slip through, and a success takes it back.
  auto waiting = co_await parts_.database.write([&](db::Session& session) -> Result<Duration> {
    person = queries::person_with_email(session, email);
    if (person && person->disabled) person.reset();  // the same answer as for whoever does not exist, after the same time
    device = queries::device_with(session, device_digest);
    if (!person || !device || device->person_id != person->id || device->ends <= now) device.reset();
    // Whoever signed in on this device before is not held up by what strangers do to the account or from the same network.
    if (device)
      guards = {guard_of_device(device->id)};
    else
      guards = {guard_of_account_from(email, address_prefix), guard_of_account(email), guard_of_address(address_prefix)};
    secrets = person ? queries::secrets_of(session, person->id) : queries::Secrets{};
    return count_attempt(session, guards, now);
  });
  if (!waiting) co_return forward_error(waiting);
  if (*waiting > Duration{}) co_return throttled(*waiting);
  const auto forgive = [&] {
    return parts_.database.write([&](db::Session& session) -> Result<> {
      take_back(session, guards);
      return {};
    });
  };

  const HashingQueue::Share share{.standing = device ? HashingQueue::Standing::known : HashingQueue::Standing::stranger,
                                  .name = device ? person->id : address_prefix};
  const auto right = co_await parts_.hashing.run(share, [&] { return crypto::is_password(credentials.password, secrets.password); });
  if (!right) {
    // It was not even looked at.
    if (const auto forgiven = co_await forgive(); !forgiven) co_return std::unexpected(forgiven.error());
    co_return std::unexpected(right.error());
  }
  if (!*right || !person) co_return SignIn{};

  const bool factor = !secrets.second_factor.empty();
  if (factor && !credentials.code) {
    // The password was right: that was no failure. Only the code is missing.
    if (const auto forgiven = co_await forgive(); !forgiven) co_return std::unexpected(forgiven.error());
    co_return SignIn{.outcome = SignIn::Outcome::code_needed, .signed_in = {}, .again_in = {}};
  }
  std::string factor_secret;
  if (factor) {
    auto opened = parts_.second_factors.open(person->id, secrets.second_factor);
    if (!opened) co_return forward_error(opened);
    factor_secret = std::move(*opened);
  }

  auto made = parts_.maker.make(*person, agent, address_prefix);
  if (device) made.device.clear();
  auto done = co_await parts_.database.write([&](db::Session& session) -> Result<bool> {
    // Whoever was put out while the password was judged stays out.
    if (const auto still = queries::person(session, person->id); !still || still->disabled) return false;
    // Meanwhile it may have been changed, and all sessions ended: this must not be one that begins after that.
    const auto present = queries::secrets_of(session, person->id);
    if (present.password != secrets.password || present.second_factor != secrets.second_factor) return false;
    if (factor && !parts_.second_factors.take(session, person->id, secrets.second_factor, factor_secret, *credentials.code)) return false;
    take_back(session, guards);
    // One's own earlier mistakes here are forgotten. What was counted elsewhere stays: it was somebody else.
    queries::forget_failures(session, guards.front().subject);
    if (device) queries::use_device(session, device->id, now + kDeviceLasts);
    parts_.maker.keep(session, made);
    const Actor by{.id = person->id, .name = person->email, .address_prefix = address_prefix};
    record(session, parts_.clock, parts_.random, by,
           {.network = "", .what = "session.create", .subject = made.session.id, .was = {}, .became = {}});
    return true;
  });
  if (!done) co_return forward_error(done);
  if (!*done) co_return SignIn{};
  co_return SignIn{.outcome = SignIn::Outcome::signed_in,
                   .signed_in = std::move(made),
                   .again_in = {},
                   .used_recovery_code = factor && trimmed(*credentials.code).size() > kAppCodeDigits};
}

asio::awaitable<Result<std::vector<Session>>> Sessions::list(std::string person_id) {
  co_return co_await parts_.database.read(
      [&](db::Session& session) -> Result<std::vector<Session>> { return queries::sessions_of(session, person_id, parts_.clock.now()); });
}

asio::awaitable<Result<>> Sessions::end(Caller by, std::string id) {
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<> {
    const auto row = queries::session_with_id(session, id);
    if (!row || row->person_id != by.id()) return fail(ErrorKind::not_found, "There is no session with the ID “" + id + "”.");
    queries::remove_session(session, id);
    parts_.revocations.tell_once_committed(parts_.database, {.person = row->person_id, .session = id, .token = {}, .kept_session = {}});
    record(session, parts_.clock, parts_.random, by.actor(),
           {.network = "", .what = "session.end", .subject = id, .was = {}, .became = {}});
    return {};
  });
}

asio::awaitable<Result<std::string>> Sessions::csrf_of(std::string session_id) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<std::string> {
    const auto row = queries::session_with_id(session, session_id);
    if (!row) return fail(ErrorKind::not_found, "The session has expired; sign in again.");
    return row->csrf;
  });
}

}  // namespace carillon::accounts
