// See links.hpp.

#include "accounts/people/links.hpp"

#include "accounts/access/guessing.hpp"
#include "accounts/access/secrets.hpp"
#include "accounts/audit.hpp"
#include "accounts/checks.hpp"
#include "accounts/store/devices.hpp"
#include "accounts/store/failures.hpp"
#include "accounts/store/links.hpp"
#include "accounts/store/networks.hpp"
#include "accounts/store/sessions.hpp"
#include "base/id.hpp"
#include "base/mail_address.hpp"
#include "base/text.hpp"
#include "crypto/password.hpp"
#include "crypto/password_policy.hpp"

#include <array>

namespace carillon::accounts {
namespace {

std::unexpected<Error> no_such_link() {
  return fail(ErrorKind::not_found, "This link has already been used or has expired; ask for a new one.");
}

/// Who has an account accepts an invitation as that person, and as nobody else.
Result<> check_is(const Caller& by, const Person& person) {
  if (!by.id().empty() && by.id() == person.id && by.holds(Permission::signed_in, "")) return {};
  if (by.id().empty())
    return fail(ErrorKind::refused,
                "“" + person.email + "” already has an account. Sign in, then open the invitation's link again to accept it.");
  return fail(ErrorKind::refused, "This invitation is for “" + person.email + "”, but you're signed in as “" + by.email() +
                                      "”. Sign out, sign in as “" + person.email + "”, then open the invitation's link again.");
}

std::string name_before_at(const std::string& email) { return email.substr(0, email.find('@')); }

}  // namespace

asio::awaitable<Result<OneTimeLink>> Links::make_password_link(Caller by, std::string person_id) {
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<OneTimeLink> {
    const auto person = queries::person(session, person_id);
    if (!person) return no_such_person();
    if (person->disabled) return disabled_account(person->email);
    record(session, parts_.clock, parts_.random, by.actor(),
           {.network = "", .what = "password.link", .subject = person->email, .was = {}, .became = {}});
    return make_link(session, parts_.clock, parts_.random, kPassword, person->email, person->name, "", {}, kHandedLinkLasts, by.id());
  });
}

asio::awaitable<Result<Links::Reset>> Links::reset_password(std::string email, std::string address_prefix) {
  const auto address = lower_ascii(trimmed(email));
  if (address.size() > kMaxMailAddressBytes)
    co_return fail(ErrorKind::invalid, "An email address can have at most " + std::to_string(kMaxMailAddressBytes) + " bytes.", "email");
  const std::array guards{guard_of_resets(address_prefix)};
  // Something is written either way: how long it takes does not tell who has an account.
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<Reset> {
    const auto now = parts_.clock.now();
    if (const auto waiting = count_attempt(session, guards, now); waiting > Duration{})
      return Reset{.again_in = std::chrono::ceil<std::chrono::seconds>(waiting)};
    const auto person = queries::person_with_email(session, address);
    if (!person || person->disabled || queries::password_links_of(session, address, kResetLasts, now) >= kMaxOpenResets) return Reset{};
    const Actor by{.id = "", .name = "nobody", .address_prefix = address_prefix};  // whoever asked proved nothing
    record(session, parts_.clock, parts_.random, by,
           {.network = "", .what = "password.reset_asked", .subject = address, .was = {}, .became = {}});
    return Reset{.link = make_link(session, parts_.clock, parts_.random, kPassword, address, person->name, "", {}, kResetLasts)};
  });
}

asio::awaitable<Result<Links::LinkNote>> Links::find(std::string secret) {
  const auto digest = digest_of(secret);
  if (const auto first = co_await parts_.first_run.is_link(secret); first && *first)
    co_return LinkNote{.kind = "first_run", .email = "", .network = "", .needs_password = true};
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<LinkNote> {
    const auto row = queries::link_with(session, digest);
    if (!row || row->ends <= parts_.clock.now()) return no_such_link();
    const auto person = queries::person_with_email(session, row->email);
    if (person && person->disabled) return no_such_link();
    const bool exists = person.has_value();
    const auto network = row->network.empty() ? std::nullopt : queries::network(session, row->network);
    if (row->kind == kPassword && !exists) return no_such_link();
    return LinkNote{.kind = row->kind,
                    .email = row->email,
                    .network = row->network,
                    .needs_password = row->kind == kPassword || !exists,
                    .needs_sign_in = row->kind == kInvitation && exists,
                    .network_name = network ? network->name : row->network};
  });
}

asio::awaitable<Result<Links::LinkUsed>> Links::use(Caller by, std::string secret, std::optional<std::string> name,
                                                    std::optional<std::string> password, std::optional<std::string> agent) {
  const auto note = co_await find(secret);
  if (!note) co_return std::unexpected(note.error());
  if (note->kind == "first_run") co_return no_such_link();
  if (name) {
    if (auto good = check_name(*name); !good) co_return forward_error(good);
  }
  // An invitation to somebody who exists gives a role, and sets nobody's password: not even a first one, which would make whoever gets
  // hold of the link that person.
  std::string hash;
  if (note->needs_password) {
    if (!password) co_return fail(ErrorKind::invalid, "Choose a password.", "password");
    auto known_as = name.value_or("");
    if (!name) {
      const auto known = co_await parts_.database.read(
          [&](db::Session& session) -> Result<std::optional<Person>> { return queries::person_with_email(session, note->email); });
      if (known && *known) known_as = (*known)->name;
    }
    if (auto good = crypto::check_new_password(*password, {.email = note->email, .name = known_as}); !good) co_return forward_error(good);
    auto hashed = co_await parts_.hashing.run({.standing = HashingQueue::Standing::known, .name = note->email},
                                              [&] { return crypto::hash_password(*password); });
    if (!hashed) co_return forward_error(hashed);
    hash = std::move(*hashed);
  }
  const auto digest = digest_of(secret);
  const auto device = new_secret(parts_.random);
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<LinkUsed> {
    // What was found out above may have changed while the password was hashed.
    const auto row = queries::link_with(session, digest);
    if (!row || row->ends <= parts_.clock.now()) return no_such_link();
    auto person = queries::person_with_email(session, row->email);
    if (person && person->disabled) return no_such_link();
    const bool invited = row->kind == kInvitation;
    if (invited && person) {
      if (auto good = check_is(by, *person); !good) return forward_error(good);
    } else if (hash.empty() || (!invited && !person)) {
      return no_such_link();
    }
    queries::remove_link(session, row->id);
    LinkUsed used;
    const bool sets_password = !invited || !person;
    if (!person) {
      person = Person{.id = new_id(parts_.clock, parts_.random),
                      .email = row->email,
                      .name = name.value_or(row->name.empty() ? name_before_at(row->email) : row->name),
                      .created = parts_.clock.now()};
      queries::insert(session, *person);
    } else if (name && sets_password) {
      queries::set_name(session, person->id, *name);
    }
    const Actor actor{.id = person->id, .name = person->email, .address_prefix = by.address_prefix};
    if (sets_password) {
      auto secrets = queries::secrets_of(session, person->id);
      used.replaced_password = !secrets.password.empty();
      secrets.password = hash;
      queries::set_secrets(session, person->id, secrets);
      queries::remove_sessions_of(session, person->id, "");
      parts_.revocations.tell_once_committed(parts_.database,
                                             {.person = person->id, .session = {}, .token = {}, .kept_session = {}, .sessions_only = true});
      queries::remove_password_links_of(session, person->email);
      // Whoever proved the address is known on this device: strangers who guess do not hold up what comes next.
      queries::remove_devices_of(session, person->id, "");
      parts_.maker.keep_device(session, person->id, device);
      used.device = device;
      queries::forget_failures(session, guard_of_person(person->id).subject);
      record(session, parts_.clock, parts_.random, actor,
             {.network = "", .what = "password.set", .subject = person->email, .was = {}, .became = {}});
    }
    const auto role = role_from(row->role);
    if (invited && role && queries::network(session, row->network) && !person->roles.contains(row->network)) {
      queries::set_role(session, person->id, row->network, role);
      record(session, parts_.clock, parts_.random, actor,
             {.network = row->network, .what = "person.join", .subject = person->email, .was = {}, .became = {{"role", row->role}}});
    }
    used.person = *queries::person(session, person->id);
    if (agent && sets_password && !used.replaced_password && !used.person.has_second_factor) {
      used.signed_in = parts_.maker.make(used.person, *agent, by.address_prefix);
      // The device that was made known above.
      used.signed_in->device.clear();
      parts_.maker.keep(session, *used.signed_in);
    }
    return used;
  });
}

}  // namespace carillon::accounts
