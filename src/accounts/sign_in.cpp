// How people are known: sessions, tokens, passwords, second factors. See accounts.hpp.

#include "accounts/access_queries.hpp"
#include "accounts/accounts_impl.hpp"
#include "accounts/devices_queries.hpp"
#include "accounts/guessing.hpp"
#include "accounts/people_queries.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "crypto/password.hpp"
#include "crypto/password_policy.hpp"

#include <algorithm>
#include <array>

namespace carillon::accounts {
namespace {

/// How often the last use of a session or token is written down.
constexpr std::chrono::minutes kUseNoted{1};
constexpr std::size_t kLongestAgent = 200;
constexpr std::size_t kAppCodeDigits = 6;  // a recovery code has more
/// A clock that says less is wrong itself, as one of a machine that starts without a battery: what it calls the future is not pulled back,
/// or everything would have ended when it is set.
constexpr Time kEarliest{std::chrono::sys_days{std::chrono::year{2026} / 11 / 1}};
constexpr std::string_view kTokenPrefix = "crl_";  // so that scanners for leaked secrets know one

SignIn throttled(Duration left) {
  return {.outcome = SignIn::Outcome::throttled, .signed_in = {}, .again_in = std::chrono::ceil<std::chrono::seconds>(left)};
}

/// Whether a use is worth writing down: the last one was some time ago, or lies in the future, written by a clock that was ahead.
bool is_due(Time last_used, Time now) { return last_used + kUseNoted <= now || last_used > now; }

}  // namespace

std::string device_cookie(std::string_view device) {
  // Strict: it is wanted only where our own pages sign in.
  return std::string(kDeviceCookie) + "=" + std::string(device) + "; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=" +
         std::to_string(std::chrono::duration_cast<std::chrono::seconds>(kDeviceLasts).count());
}

std::string Accounts::Impl::secret() const {
  std::array<std::byte, 32> bytes{};
  random.fill(bytes);
  return to_base64url(bytes);
}

asio::awaitable<Result<Caller>> Accounts::with_session(std::string secret, bool needs_csrf, std::string csrf, std::string address_prefix) {
  const auto digest = digest_of(secret);
  const auto now = impl_->clock.now();
  const auto as_of = impl_->revocations.last();
  std::optional<queries::SessionRow> used;
  auto caller = co_await impl_->database.read([&](db::Session& session) -> Result<Caller> {
    const auto row = queries::session_with(session, digest);
    if (!row || row->session.ends <= now) return Caller::nobody();
    const auto person = queries::person(session, row->person_id);
    if (!person || person->disabled) return Caller::nobody();
    if (needs_csrf && !same_secret(csrf, row->csrf)) {
      auto forged = Caller::nobody();
      forged.forged_for = person->email;
      return forged;
    }
    auto known = Caller::person(person->id, person->email, person->is_operator, person->roles);
    known.session = row->session.id;
    known.ends = std::min(now + kSessionLasts, std::min(row->session.created, now) + kSessionLastsAtMost);
    if (is_due(row->session.last_used, now)) used = row;
    return known;
  });
  if (!caller) co_return caller;
  caller->as_of = as_of;
  caller->address_prefix = std::move(address_prefix);
  if (used) {
    const auto created = std::min(used->session.created, now);
    const auto ends = std::min(now + kSessionLasts, created + kSessionLastsAtMost);
    // Forgetting one use is no reason to turn anybody away.
    (void)co_await impl_->database.write([&](db::Session& session) -> Result<> {
      queries::use_session(session, used->session.id, created, now, ends);
      return {};
    });
  }
  co_return caller;
}

asio::awaitable<Result<Caller>> Accounts::with_token(std::string secret, std::string address_prefix) {
  const auto digest = digest_of(secret);
  const auto now = impl_->clock.now();
  const auto as_of = impl_->revocations.last();
  bool note = false;
  auto caller = co_await impl_->database.read([&](db::Session& session) -> Result<Caller> {
    const auto row = queries::token_with(session, digest);
    if (!row || (row->token.ends && *row->token.ends <= now)) return Caller::nobody();
    const auto person = queries::person(session, row->person_id);
    if (!person || person->disabled) return Caller::nobody();
    auto known = Caller::person(person->id, person->email, person->is_operator, person->roles);
    known.token = row->token.id;
    known.ends = row->token.ends;
    if (!row->token.scopes.empty()) known.scopes.emplace(row->token.scopes.begin(), row->token.scopes.end());
    note = !row->token.last_used || is_due(*row->token.last_used, now);
    return known;
  });
  if (!caller) co_return caller;
  caller->as_of = as_of;
  caller->address_prefix = std::move(address_prefix);
  if (note) {
    (void)co_await impl_->database.write([&](db::Session& session) -> Result<> {
      queries::use_token(session, caller->token, now);
      return {};
    });
  }
  co_return caller;
}

asio::awaitable<Result<SignIn>> Accounts::sign_in(Credentials credentials, std::string agent, std::string address_prefix) {
  const auto email = lower_ascii(trimmed(credentials.email));
  // Before anything is hashed, and the same whether there is such an account or not.
  if (email.size() > kMaxEmailBytes)
    co_return fail(ErrorKind::invalid, "An e-mail address has at most " + std::to_string(kMaxEmailBytes) + " bytes.", "email");
  if (credentials.password.size() > crypto::kMaxPasswordBytes)
    co_return fail(ErrorKind::invalid, "A password has at most " + std::to_string(crypto::kMaxPasswordBytes) + " bytes.", "password");
  const auto now = impl_->clock.now();
  const auto device_digest = digest_of(credentials.device);

  std::optional<Person> person;
  queries::Secrets secrets;
  std::optional<queries::DeviceRow> device;
  std::vector<Guard> guards;
  // The attempt is counted before it is judged: many at once do not slip through, and a success takes it back.
  auto waiting = co_await impl_->database.write([&](db::Session& session) -> Result<Duration> {
    person = queries::person_with_email(session, email);
    if (person && person->disabled) person.reset();  // the same answer as for whoever does not exist, after the same time
    device = queries::device_with(session, device_digest);
    if (!person || !device || device->person_id != person->id || device->ends <= now) device.reset();
    // Whoever signed in on this device before is not held up by what strangers do to the account or from the same network.
    if (device)
      guards = {guard_of_device(device->id)};
    else
      guards = {guard_of_account_from(email, address_prefix), guard_of_account(email), guard_of_address(address_prefix)};
    if (person) secrets = queries::secrets_of(session, person->id);
    return count_attempt(session, guards, now);
  });
  if (!waiting) co_return passed_on(waiting);
  if (*waiting > Duration{}) co_return throttled(*waiting);
  const auto forgive = [&] {
    return impl_->database.write([&](db::Session& session) -> Result<> {
      take_back(session, guards);
      return {};
    });
  };

  const HashingQueue::Share share{.standing = device ? HashingQueue::Standing::known : HashingQueue::Standing::stranger,
                                  .name = device ? person->id : address_prefix};
  const auto right = co_await impl_->hashing.run(share, [&] { return crypto::is_password(credentials.password, secrets.password); });
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
    auto opened = impl_->master.open_sealed(secrets.second_factor, "second factor of " + person->id);
    if (!opened) co_return passed_on(opened);
    factor_secret = std::move(*opened);
  }

  auto made = impl_->new_session(*person, agent, address_prefix);
  if (device) made.device.clear();
  auto done = co_await impl_->database.write([&](db::Session& session) -> Result<bool> {
    // Whoever was put out while the password was judged stays out.
    if (const auto still = queries::person(session, person->id); !still || still->disabled) return false;
    // Meanwhile it may have been changed, and all sessions ended: this must not be one that begins after that.
    const auto present = queries::secrets_of(session, person->id);
    if (present.password != secrets.password || present.second_factor != secrets.second_factor) return false;
    if (factor && !impl_->take_code(session, person->id, secrets.second_factor, factor_secret, *credentials.code)) return false;
    take_back(session, guards);
    // One's own earlier mistakes here are forgotten. What was counted elsewhere stays: it was somebody else.
    queries::forget_failures(session, guards.front().subject);
    if (device) queries::use_device(session, device->id, now + kDeviceLasts);
    impl_->keep_session(session, made);
    const Actor by{.id = person->id, .name = person->email, .address_prefix = address_prefix};
    record(session, impl_->clock, impl_->random, by,
           {.network = "", .what = "session.create", .subject = made.session.id, .was = {}, .became = {}});
    return true;
  });
  if (!done) co_return passed_on(done);
  if (!*done) co_return SignIn{};
  co_return SignIn{.outcome = SignIn::Outcome::signed_in,
                   .signed_in = std::move(made),
                   .again_in = {},
                   .used_recovery_code = factor && trimmed(*credentials.code).size() > kAppCodeDigits};
}

SignedIn Accounts::Impl::new_session(const Person& person, std::string_view agent, const std::string& address_prefix) {
  SignedIn made{.person = person, .session = {}, .secret = secret(), .csrf = secret(), .device = secret()};
  const auto now = clock.now();
  made.session = {.id = new_id(clock, random),
                  .agent = std::string(cut_to(is_utf8(agent) ? agent : std::string_view{}, kLongestAgent)),
                  .address_prefix = address_prefix,
                  .created = now,
                  .last_used = now,
                  .ends = now + kSessionLasts};
  return made;
}

void Accounts::Impl::keep_session(db::Session& session, const SignedIn& made) {
  const auto present = queries::sessions_of(session, made.person.id, clock.now());
  for (auto i = kMaxSessions - 1; i < present.size(); ++i) {
    queries::remove_session(session, present[i].id);
    revoke({.person = made.person.id, .session = present[i].id, .token = {}, .kept_session = {}});
  }
  queries::insert(session, {.session = made.session, .digest = digest_of(made.secret), .csrf = made.csrf, .person_id = made.person.id});
  if (!made.device.empty()) keep_device(session, made.person.id, made.device);
}

void Accounts::Impl::keep_device(db::Session& session, const std::string& person_id, const std::string& device) const {
  const auto now = clock.now();
  queries::insert(
      session,
      queries::DeviceRow{
          .id = new_id(clock, random), .digest = digest_of(device), .person_id = person_id, .created = now, .ends = now + kDeviceLasts});
  queries::keep_devices_of(session, person_id, kMaxDevices);
}

asio::awaitable<Result<std::string>> Accounts::known_device(std::string secret) {
  const auto digest = digest_of(secret);
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<std::string> {
    const auto device = queries::device_with(session, digest);
    return device && device->ends > impl_->clock.now() ? device->id : std::string{};
  });
}

asio::awaitable<Result<std::vector<Session>>> Accounts::sessions(std::string person_id) {
  co_return co_await impl_->database.read(
      [&](db::Session& session) -> Result<std::vector<Session>> { return queries::sessions_of(session, person_id, impl_->clock.now()); });
}

asio::awaitable<Result<>> Accounts::end_session(Caller by, std::string id) {
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<> {
    const auto row = queries::session_with_id(session, id);
    if (!row || row->person_id != by.id()) return fail(ErrorKind::not_found, "There is no session “" + id + "”.");
    queries::remove_session(session, id);
    impl_->revoke({.person = row->person_id, .session = id, .token = {}, .kept_session = {}});
    record(session, impl_->clock, impl_->random, by.actor(),
           {.network = "", .what = "session.end", .subject = id, .was = {}, .became = {}});
    return {};
  });
}

asio::awaitable<Result<std::string>> Accounts::csrf_of(std::string session_id) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<std::string> {
    const auto row = queries::session_with_id(session, session_id);
    if (!row) return fail(ErrorKind::not_found, "The session has ended; sign in again.");
    return row->csrf;
  });
}

asio::awaitable<Result<Person>> Accounts::edit_self(Caller by, std::optional<std::string> name, std::optional<NewPassword> password) {
  if (name) {
    if (auto good = check_name(*name); !good) co_return passed_on(good);
  }
  std::string hash;
  if (password) {
    if (password->confirmed.person_id() != by.id()) co_return fail(ErrorKind::refused, "This password is somebody else's.");
    const auto self = co_await person(by.id());
    if (!self) co_return std::unexpected(self.error());
    const auto called = name.value_or(self->name);
    if (auto good = crypto::check_new_password(password->password, {.email = self->email, .name = called}); !good)
      co_return passed_on(good);
    auto hashed = co_await impl_->hashing.run({.standing = HashingQueue::Standing::known, .name = by.id()},
                                              [&] { return crypto::hash_password(password->password); });
    if (!hashed) co_return passed_on(hashed);
    hash = std::move(*hashed);
  }
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<Person> {
    auto person = queries::person(session, by.id());
    if (!person) return fail(ErrorKind::not_found, "This person does not exist any more.");
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
      impl_->revoke({.person = person->id, .session = {}, .token = {}, .kept_session = by.session, .sessions_only = true});
      queries::remove_devices_of(session, person->id, password->device.empty() ? "" : digest_of(password->device));
      queries::remove_password_links_of(session, person->email);
      act.became["password"] = "changed";
      person->has_password = true;
    }
    record(session, impl_->clock, impl_->random, by.actor(), act);
    return std::move(*person);
  });
}

asio::awaitable<Result<Accounts::NewToken>> Accounts::create_token(Caller by, std::string person_id, std::string name,
                                                                   std::vector<std::string> scopes, std::optional<Time> ends) {
  if (auto good = check_name(name); !good) co_return passed_on(good);
  for (const auto& scope : scopes) {
    if (is_scope(scope)) continue;
    const auto near = nearest(scope, accounts::scopes());
    co_return fail(ErrorKind::invalid, "There is no scope “" + scope + "”" + (near ? "; did you mean “" + std::string(*near) + "”?" : "."),
                   "scopes");
  }
  if (ends && *ends <= impl_->clock.now()) co_return fail(ErrorKind::invalid, "The token would have ended already.", "ends");
  // Whoever got hold of a token has it until it ends, and no longer.
  if (!by.token.empty() && by.ends && (!ends || *ends > *by.ends))
    co_return fail(ErrorKind::refused,
                   "A token makes none that lasts longer than itself: say with “ends” when it ends, by " + to_rfc3339(*by.ends) +
                       " at the latest, or sign in to make it.",
                   "ends");
  if (by.scopes && (scopes.empty() || !std::ranges::all_of(scopes, [&](const auto& scope) { return by.scopes->contains(scope); })))
    co_return fail(ErrorKind::refused, "A token makes none that may do more than itself; name some of its own scopes.", "scopes");
  // Told once: the database keeps its digest.
  NewToken made{.token = {.id = new_id(impl_->clock, impl_->random),
                          .name = name,
                          .scopes = scopes,
                          .created = impl_->clock.now(),
                          .last_used = {},
                          .ends = ends},
                .secret = std::string(kTokenPrefix) + impl_->secret()};
  const auto stored = co_await impl_->database.write([&](db::Session& session) -> Result<> {
    const auto person = queries::person(session, person_id);
    if (!person) return fail(ErrorKind::not_found, "There is no such person.", "user");
    if (queries::tokens_of(session, person_id).size() >= kMostTokens)
      return fail(ErrorKind::conflict, "There are " + std::to_string(kMostTokens) + " tokens already; remove one that is not used.");
    queries::insert(session, {.token = made.token, .digest = digest_of(made.secret), .person_id = person_id});
    Act act{
        .network = "", .what = "token.create", .subject = made.token.id, .was = {}, .became = {{"person", person->email}, {"name", name}}};
    record(session, impl_->clock, impl_->random, by.actor(), act);
    return {};
  });
  if (!stored) co_return std::unexpected(stored.error());
  co_return made;
}

asio::awaitable<Result<std::vector<Token>>> Accounts::tokens(std::string person_id) {
  co_return co_await impl_->database.read(
      [&](db::Session& session) -> Result<std::vector<Token>> { return queries::tokens_of(session, person_id); });
}

asio::awaitable<Result<>> Accounts::remove_token(Caller by, std::string id) {
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<> {
    const auto row = queries::token_with_id(session, id);
    if (!row || (row->person_id != by.id() && !by.is_operator())) return fail(ErrorKind::not_found, "There is no token “" + id + "”.");
    queries::remove_token(session, id);
    impl_->revoke({.person = row->person_id, .session = {}, .token = id, .kept_session = {}});
    record(session, impl_->clock, impl_->random, by.actor(),
           {.network = "", .what = "token.remove", .subject = id, .was = {{"name", row->token.name}}, .became = {}});
    return {};
  });
}

Result<> Accounts::sweep_now() {
  const auto now = impl_->clock.now();
  return impl_->database.write_now([&](db::Session& session) -> Result<> {
    if (now >= kEarliest) queries::pull_back_to(session, now);
    queries::remove_ended(session, now, now - kFailuresForgotten);
    return {};
  });
}

}  // namespace carillon::accounts
