// How people are known: sessions, tokens, passwords, second factors. See accounts.hpp.

#include "accounts/access_queries.hpp"
#include "accounts/accounts_impl.hpp"
#include "accounts/people_queries.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "crypto/password.hpp"
#include "crypto/totp.hpp"

#include <algorithm>
#include <array>

namespace carillon::accounts {
namespace {

/// How often the last use of a session or token is written down.
constexpr std::chrono::minutes kUseNoted{1};
constexpr std::size_t kLongestAgent = 200;
constexpr std::string_view kTokenPrefix = "crl_";  // so that scanners for leaked secrets know one
constexpr std::size_t kRecoveryCodeBytes = 5;

/// After so many failures in a row each further one costs a pause, doubled up to the longest.
struct Throttle {
  int free;
  std::chrono::seconds longest;
};
/// An account can be shut out by a stranger: never for longer than a minute.
constexpr Throttle kPerAccount{5, std::chrono::seconds{60}};
/// Many people may share an address.
constexpr Throttle kPerAddress{20, std::chrono::minutes{15}};
constexpr std::chrono::hours kFailuresForgotten{24};

Duration pause_after(const Throttle& throttle, int failures) {
  if (failures < throttle.free) return {};
  const auto doubled = std::chrono::seconds{1LL << std::min(failures - throttle.free, 20)};
  return std::min(doubled, throttle.longest);
}

std::string subject_of_account(const std::string& email) { return "account " + email; }
std::string subject_of_address(const std::string& prefix) { return "address " + prefix; }

SignIn throttled(Duration left) {
  return {.outcome = SignIn::Outcome::throttled, .signed_in = {}, .again_in = std::chrono::ceil<std::chrono::seconds>(left)};
}

}  // namespace

std::string Accounts::Impl::secret() {
  std::array<std::byte, 32> bytes{};
  random.fill(bytes);
  return to_base64url(bytes);
}

asio::awaitable<Result<Caller>> Accounts::with_session(std::string secret, bool needs_csrf, std::string csrf, std::string address_prefix) {
  const auto digest = digest_of(secret);
  const auto now = impl_->clock.now();
  std::optional<queries::SessionRow> used;
  auto caller = co_await impl_->database.read([&](db::Session& session) -> Result<Caller> {
    const auto row = queries::session_with(session, digest);
    if (!row || row->session.ends <= now) return Caller::nobody();
    if (needs_csrf && !same_secret(csrf, row->csrf)) return Caller::nobody();
    const auto person = queries::person(session, row->person_id);
    if (!person) return Caller::nobody();
    auto known = Caller::person(person->id, person->email, person->is_operator, person->roles);
    known.session = row->session.id;
    if (row->session.last_used + kUseNoted <= now) used = row;
    return known;
  });
  if (!caller) co_return caller;
  caller->address_prefix = std::move(address_prefix);
  if (used) {
    const auto ends = std::min(now + kSessionLasts, used->session.created + kSessionLastsAtMost);
    // Forgetting one use is no reason to turn anybody away.
    (void)co_await impl_->database.write([&](db::Session& session) -> Result<> {
      queries::use_session(session, used->session.id, now, ends);
      return {};
    });
  }
  co_return caller;
}

asio::awaitable<Result<Caller>> Accounts::with_token(std::string secret, std::string address_prefix) {
  const auto digest = digest_of(secret);
  const auto now = impl_->clock.now();
  bool note = false;
  auto caller = co_await impl_->database.read([&](db::Session& session) -> Result<Caller> {
    const auto row = queries::token_with(session, digest);
    if (!row || (row->token.ends && *row->token.ends <= now)) return Caller::nobody();
    const auto person = queries::person(session, row->person_id);
    if (!person) return Caller::nobody();
    auto known = Caller::person(person->id, person->email, person->is_operator, person->roles);
    known.token = row->token.id;
    if (!row->token.scopes.empty()) known.scopes.emplace(row->token.scopes.begin(), row->token.scopes.end());
    note = !row->token.last_used || *row->token.last_used + kUseNoted <= now;
    return known;
  });
  if (!caller) co_return caller;
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
  const auto account = subject_of_account(email), address = subject_of_address(address_prefix);
  const auto now = impl_->clock.now();

  std::optional<Person> person;
  queries::Secrets secrets;
  // The attempt is counted before it is judged: many at once do not slip through, and a success takes it back.
  auto waiting = co_await impl_->database.write([&](db::Session& session) -> Result<Duration> {
    Duration left{};
    for (const auto& [subject, throttle] : {std::pair{account, kPerAccount}, std::pair{address, kPerAddress}}) {
      auto failures = queries::failures_of(session, subject);
      if (failures.last + kFailuresForgotten <= now) failures = {};
      left = std::max(left, failures.count == 0 ? Duration{} : failures.last + pause_after(throttle, failures.count) - now);
    }
    if (left > Duration{}) return left;
    for (const auto& subject : {account, address}) {
      auto failures = queries::failures_of(session, subject);
      if (failures.last + kFailuresForgotten <= now) failures = {};
      queries::set_failures(session, subject, {.count = failures.count + 1, .last = now});
    }
    person = queries::person_with_email(session, email);
    if (person) secrets = queries::secrets_of(session, person->id);
    return left;
  });
  if (!waiting) co_return passed_on(waiting);
  if (*waiting > Duration{}) co_return throttled(*waiting);

  const bool right = co_await impl_->away([&] { return crypto::is_password(credentials.password, secrets.password); });
  if (!right || !person) co_return SignIn{};

  const bool factor = !secrets.second_factor.empty();
  if (factor && !credentials.code) {
    // The password was right: that was no failure. Only the code is missing.
    const auto forgiven = co_await impl_->forgive(account, address);
    if (!forgiven) co_return std::unexpected(forgiven.error());
    co_return SignIn{.outcome = SignIn::Outcome::code_needed, .signed_in = {}, .again_in = {}};
  }
  std::string factor_secret;
  if (factor) {
    auto opened = impl_->master.open_sealed(secrets.second_factor, "second factor of " + person->id);
    if (!opened) co_return passed_on(opened);
    factor_secret = std::move(*opened);
  }

  auto made = impl_->new_session(*person, agent, address_prefix);
  auto done = co_await impl_->database.write([&](db::Session& session) -> Result<bool> {
    if (factor) {
      auto present = queries::secrets_of(session, person->id);
      const auto code = std::string(trimmed(*credentials.code));
      if (const auto step = crypto::accepted_totp_step(factor_secret, code, now, present.step)) {
        present.step = *step;
        queries::set_secrets(session, person->id, present);
      } else if (!queries::take_recovery_code(session, person->id, digest_of(lower_ascii(code)))) {
        return false;
      }
    }
    queries::forget_failures(session, account);
    impl_->take_back(session, address);
    impl_->keep_session(session, made);
    const Actor by{.id = person->id, .name = person->email, .address_prefix = address_prefix};
    record(session, impl_->clock, impl_->random, by,
           {.network = "", .what = "session.create", .subject = made.session.id, .was = {}, .became = {}});
    return true;
  });
  if (!done) co_return passed_on(done);
  if (!*done) co_return SignIn{};
  co_return SignIn{.outcome = SignIn::Outcome::signed_in, .signed_in = std::move(made), .again_in = {}};
}

SignedIn Accounts::Impl::new_session(const Person& person, std::string_view agent, const std::string& address_prefix) {
  SignedIn made{.person = person, .session = {}, .secret = secret(), .csrf = secret()};
  const auto now = clock.now();
  made.session = {.id = new_id(clock, random),
                  .agent = std::string(cut_to(is_utf8(agent) ? agent : std::string_view{}, kLongestAgent)),
                  .address_prefix = address_prefix,
                  .created = now,
                  .last_used = now,
                  .ends = now + kSessionLasts};
  return made;
}

void Accounts::Impl::keep_session(db::Session& session, const SignedIn& made) const {
  queries::insert(session, {.session = made.session, .digest = digest_of(made.secret), .csrf = made.csrf, .person_id = made.person.id});
}

void Accounts::Impl::take_back(db::Session& session, const std::string& subject) const {
  auto failures = queries::failures_of(session, subject);
  if (failures.count <= 1)
    queries::forget_failures(session, subject);
  else
    queries::set_failures(session, subject, {.count = failures.count - 1, .last = failures.last});
}

asio::awaitable<Result<>> Accounts::Impl::forgive(std::string account, std::string address) {
  co_return co_await database.write([&](db::Session& session) -> Result<> {
    take_back(session, account);
    take_back(session, address);
    return {};
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

asio::awaitable<Result<Person>> Accounts::edit_self(Caller by, std::optional<std::string> name, std::optional<std::string> password,
                                                    std::optional<std::string> current_password) {
  if (name) {
    if (auto good = check_name(*name); !good) co_return passed_on(good);
  }
  std::string hash;
  if (password) {
    if (auto good = crypto::check_password(*password); !good) co_return passed_on(good);
    if (auto good = co_await impl_->check_current(by.id(), current_password); !good) co_return passed_on(good);
    hash = co_await impl_->away([&] { return crypto::hash_password(*password); });
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
      // Whoever knew the old one is out.
      queries::remove_sessions_of(session, person->id, by.session);
      act.became["password"] = "changed";
      person->has_password = true;
    }
    record(session, impl_->clock, impl_->random, by.actor(), act);
    return std::move(*person);
  });
}

asio::awaitable<Result<>> Accounts::Impl::check_current(std::string person_id, std::optional<std::string> password) {
  const auto secrets =
      co_await database.read([&](db::Session& session) -> Result<queries::Secrets> { return queries::secrets_of(session, person_id); });
  if (!secrets) co_return std::unexpected(secrets.error());
  if (secrets->password.empty()) co_return Result<>{};
  const bool right = password && co_await away([&] { return crypto::is_password(*password, secrets->password); });
  if (!right) co_return fail(ErrorKind::invalid, "The present password is needed, and this is not it.", "current_password");
  co_return Result<>{};
}

asio::awaitable<Result<std::vector<std::string>>> Accounts::set_second_factor(Caller by, std::string secret, std::string code) {
  const auto step = crypto::accepted_totp_step(secret, std::string(trimmed(code)), impl_->clock.now(), 0);
  if (!step || secret.size() < 16)
    co_return fail(ErrorKind::invalid, "This is not the code that the app shows now; check the clock of the phone and try the next one.",
                   "code");
  std::vector<std::string> codes, digests;
  for (int i = 0; i < kRecoveryCodes; ++i) {
    std::array<std::byte, kRecoveryCodeBytes> bytes{};
    impl_->random.fill(bytes);
    const auto hex = to_hex(bytes);
    codes.push_back(hex.substr(0, 5) + "-" + hex.substr(5));
    digests.push_back(digest_of(codes.back()));
  }
  const auto done = co_await impl_->database.write([&](db::Session& session) -> Result<> {
    auto secrets = queries::secrets_of(session, by.id());
    secrets.second_factor = impl_->master.seal(secret, "second factor of " + by.id(), impl_->random);
    secrets.step = *step;
    queries::set_secrets(session, by.id(), secrets);
    queries::replace_recovery_codes(session, by.id(), digests);
    record(session, impl_->clock, impl_->random, by.actor(),
           {.network = "", .what = "person.second_factor", .subject = by.email(), .was = {}, .became = {{"second_factor", true}}});
    return {};
  });
  if (!done) co_return std::unexpected(done.error());
  co_return codes;
}

asio::awaitable<Result<>> Accounts::remove_second_factor(Caller by, std::string current_password) {
  if (auto good = co_await impl_->check_current(by.id(), current_password); !good) co_return passed_on(good);
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<> {
    auto secrets = queries::secrets_of(session, by.id());
    secrets.second_factor.clear();
    secrets.step = 0;
    queries::set_secrets(session, by.id(), secrets);
    queries::replace_recovery_codes(session, by.id(), {});
    record(session, impl_->clock, impl_->random, by.actor(),
           {.network = "", .what = "person.second_factor", .subject = by.email(), .was = {{"second_factor", true}}, .became = {}});
    return {};
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
    record(session, impl_->clock, impl_->random, by.actor(),
           {.network = "", .what = "token.remove", .subject = id, .was = {{"name", row->token.name}}, .became = {}});
    return {};
  });
}

Result<> Accounts::sweep_now() {
  const auto now = impl_->clock.now();
  return impl_->database.write_now([&](db::Session& session) -> Result<> {
    queries::remove_ended(session, now, now - kFailuresForgotten);
    return {};
  });
}

}  // namespace carillon::accounts
