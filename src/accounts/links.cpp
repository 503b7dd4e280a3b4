// The links that let people in, each once: invitations, and links that set a password. See accounts.hpp.

#include "accounts/access_queries.hpp"
#include "accounts/accounts_impl.hpp"
#include "accounts/devices_queries.hpp"
#include "accounts/guessing.hpp"
#include "accounts/people_queries.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "crypto/password.hpp"
#include "crypto/password_policy.hpp"

namespace carillon::accounts {
namespace {

std::unexpected<Error> no_such_link() {
  return fail(ErrorKind::not_found, "This link has been used already, or it is too old; ask for a new one.");
}

std::unexpected<Error> no_such_invitation(const std::string& id) {
  return fail(ErrorKind::not_found, "There is no invitation “" + id + "”.");
}

std::unexpected<Error> disabled_account(const std::string& email) {
  return fail(ErrorKind::conflict, "The account of “" + email + "” is disabled; enable it first: carillon user enable " + email, "email");
}

/// Who has an account accepts an invitation as that person, and as nobody else.
Result<> check_is(const Caller& by, const Person& person) {
  if (!by.id().empty() && by.id() == person.id && by.holds(Permission::signed_in, "")) return {};
  if (by.id().empty())
    return fail(ErrorKind::refused,
                "“" + person.email + "” has an account already. Sign in with it, then open the invitation's link again to accept it.");
  return fail(ErrorKind::refused, "This invitation is for “" + person.email + "”, and you are signed in as “" + by.email() +
                                      "”. Sign out, sign in as “" + person.email + "”, then open the invitation's link again.");
}

std::string name_before_at(const std::string& email) { return email.substr(0, email.find('@')); }

}  // namespace

OneTimeLink Accounts::Impl::make_link(db::Session& session, std::string_view kind, const std::string& email, const std::string& name,
                                      const std::string& network, std::optional<Role> role, Duration lasts, const std::string& made_by) {
  const auto now = clock.now();
  OneTimeLink link{.id = new_id(clock, random), .secret = secret(), .email = email, .ends = now + lasts};
  queries::insert(session, queries::LinkRow{.id = link.id,
                                            .digest = digest_of(link.secret),
                                            .kind = std::string(kind),
                                            .email = email,
                                            .name = name,
                                            .network = network,
                                            .role = role ? std::string(name_of(*role)) : std::string{},
                                            .made_by = made_by,
                                            .created = now,
                                            .ends = link.ends});
  return link;
}

asio::awaitable<Result<OneTimeLink>> Accounts::invite(Caller by, std::string email, std::string network, Role role) {
  const auto address = checked_mail_address(email, "email");
  if (!address) co_return std::unexpected(address.error());
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<OneTimeLink> {
    if (!queries::network(session, network)) return no_such_network(network);
    if (auto good = check_giving(by, network, role); !good) return passed_on(good);
    const auto person = queries::person_with_email(session, *address);
    if (person && person->roles.contains(network))
      return fail(ErrorKind::conflict, "“" + *address + "” belongs to the network “" + network + "” already.", "email");
    const bool disabled = person && person->disabled;
    if (disabled && by.is_operator()) return disabled_account(person->email);
    for (const auto& row : queries::invitations_to(session, network, impl_->clock.now())) {
      if (row.email != *address) continue;
      if (auto good = check_giving(by, network, role_from(row.role).value_or(Role::owner)); !good) return passed_on(good);
    }
    // One invitation each: withdrawing the one that is listed leaves no other.
    queries::remove_invitations_of(session, *address, network);
    if (queries::invitations_to(session, network, impl_->clock.now()).size() >= kMaxOpenInvitations)
      return fail(ErrorKind::conflict, "The network “" + network + "” has " + std::to_string(kMaxOpenInvitations) +
                                           " open invitations already; withdraw those that nobody waits for.");
    record(session, impl_->clock, impl_->random, by.actor(),
           {.network = network, .what = "person.invite", .subject = *address, .was = {}, .became = {{"role", name_of(role)}}});
    auto link = impl_->make_link(session, kInvitation, *address, "", network, role, kInvitationLasts, by.id());
    // That an account is disabled is nobody's business but an operator's: the answer is the same, but there is nothing to send.
    if (disabled) link.secret.clear();
    return link;
  });
}

asio::awaitable<Result<std::chrono::seconds>> Accounts::count_invitation(Caller by) {
  if (by.id().empty()) co_return std::chrono::seconds{};  // at the machine itself
  const std::array guards{guard_of_invitations(by.id())};
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<std::chrono::seconds> {
    return std::chrono::ceil<std::chrono::seconds>(count_attempt(session, guards, impl_->clock.now()));
  });
}

asio::awaitable<Result<std::chrono::seconds>> Accounts::count_invitation_to(std::string email) {
  const auto address = checked_mail_address(email, "email");
  if (!address) co_return std::unexpected(address.error());
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<std::chrono::seconds> {
    return std::chrono::ceil<std::chrono::seconds>(take_turn(session, invited_turns(*address), kMaxInvitationsPerHour, impl_->clock.now()));
  });
}

asio::awaitable<Result<std::vector<Invitation>>> Accounts::invitations(std::string network) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<std::vector<Invitation>> {
    std::vector<Invitation> found;
    for (const auto& row : queries::invitations_to(session, network, impl_->clock.now())) {
      found.push_back({.id = row.id,
                       .email = row.email,
                       .network = row.network,
                       .role = role_from(row.role).value_or(Role::analyst),
                       .created = row.created,
                       .ends = row.ends});
    }
    return found;
  });
}

asio::awaitable<Result<std::optional<std::string>>> Accounts::network_of_invitation(std::string id) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<std::optional<std::string>> {
    const auto row = queries::link_with_id(session, id);
    if (!row || row->kind != kInvitation) return std::nullopt;
    return row->network;
  });
}

asio::awaitable<Result<>> Accounts::withdraw_invitation(Caller by, std::string id) {
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<> {
    const auto row = queries::link_with_id(session, id);
    if (!row || row->kind != kInvitation) return no_such_invitation(id);
    if (auto good = check_giving(by, row->network, role_from(row->role).value_or(Role::owner)); !good) return good;
    queries::remove_link(session, id);
    record(session, impl_->clock, impl_->random, by.actor(),
           {.network = row->network, .what = "invitation.withdraw", .subject = row->email, .was = {{"role", row->role}}, .became = {}});
    return {};
  });
}

asio::awaitable<Result<OneTimeLink>> Accounts::make_invitation_link(Caller by, std::string id) {
  const auto secret = impl_->secret();
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<OneTimeLink> {
    const auto row = queries::link_with_id(session, id);
    const auto now = impl_->clock.now();
    if (!row || row->kind != kInvitation || row->ends <= now) return no_such_invitation(id);
    if (const auto person = queries::person_with_email(session, row->email); person && person->disabled)
      return disabled_account(person->email);
    const OneTimeLink link{.id = row->id, .secret = secret, .email = row->email, .ends = now + kInvitationLasts};
    queries::renew_link(session, link.id, digest_of(secret), link.ends);
    record(session, impl_->clock, impl_->random, by.actor(),
           {.network = row->network, .what = "invitation.link", .subject = row->email, .was = {}, .became = {}});
    return link;
  });
}

asio::awaitable<Result<OneTimeLink>> Accounts::make_password_link(Caller by, std::string person_id) {
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<OneTimeLink> {
    const auto person = queries::person(session, person_id);
    if (!person) return fail(ErrorKind::not_found, "There is no such person.");
    if (person->disabled) return disabled_account(person->email);
    record(session, impl_->clock, impl_->random, by.actor(),
           {.network = "", .what = "password.link", .subject = person->email, .was = {}, .became = {}});
    return impl_->make_link(session, kPassword, person->email, person->name, "", {}, kHandedLinkLasts, by.id());
  });
}

asio::awaitable<Result<Accounts::Reset>> Accounts::reset_password(std::string email, std::string address_prefix) {
  const auto address = lower_ascii(trimmed(email));
  if (address.size() > kMaxEmailBytes)
    co_return fail(ErrorKind::invalid, "An e-mail address has at most " + std::to_string(kMaxEmailBytes) + " bytes.", "email");
  const std::array guards{guard_of_resets(address_prefix)};
  // Something is written either way: how long it takes does not tell who has an account.
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<Reset> {
    const auto now = impl_->clock.now();
    if (const auto waiting = count_attempt(session, guards, now); waiting > Duration{})
      return Reset{.again_in = std::chrono::ceil<std::chrono::seconds>(waiting)};
    const auto person = queries::person_with_email(session, address);
    if (!person || person->disabled || queries::password_links_of(session, address, kResetLasts, now) >= kMaxOpenResets) return Reset{};
    const Actor by{.id = "", .name = "nobody", .address_prefix = address_prefix};  // whoever asked proved nothing
    record(session, impl_->clock, impl_->random, by,
           {.network = "", .what = "password.reset_asked", .subject = address, .was = {}, .became = {}});
    return Reset{.link = impl_->make_link(session, kPassword, address, person->name, "", {}, kResetLasts)};
  });
}

asio::awaitable<Result<Accounts::LinkNote>> Accounts::link(std::string secret) {
  const auto digest = digest_of(secret);
  if (const auto first = co_await is_first_run_link(secret); first && *first)
    co_return LinkNote{.kind = "first_run", .email = "", .network = "", .needs_password = true};
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<LinkNote> {
    const auto row = queries::link_with(session, digest);
    if (!row || row->ends <= impl_->clock.now()) return no_such_link();
    const auto person = queries::person_with_email(session, row->email);
    if (person && person->disabled) return no_such_link();
    const bool exists = person.has_value();
    if (row->kind == kPassword && !exists) return no_such_link();
    return LinkNote{.kind = row->kind,
                    .email = row->email,
                    .network = row->network,
                    .needs_password = row->kind == kPassword || !exists,
                    .needs_sign_in = row->kind == kInvitation && exists};
  });
}

asio::awaitable<Result<Accounts::LinkUsed>> Accounts::use_link(Caller by, std::string secret, std::optional<std::string> name,
                                                               std::optional<std::string> password) {
  const auto note = co_await link(secret);
  if (!note) co_return std::unexpected(note.error());
  if (note->kind == "first_run") co_return no_such_link();
  if (name) {
    if (auto good = check_name(*name); !good) co_return passed_on(good);
  }
  // An invitation to somebody who exists gives a role, and sets nobody's password: not even a first one, which would make whoever gets
  // hold of the link that person.
  std::string hash;
  if (note->needs_password) {
    if (!password) co_return fail(ErrorKind::invalid, "Choose a password.", "password");
    auto known_as = name.value_or("");
    if (!name) {
      if (const auto person = co_await person_with_email(note->email)) known_as = person->name;
    }
    if (auto good = crypto::check_new_password(*password, {.email = note->email, .name = known_as}); !good) co_return passed_on(good);
    auto hashed = co_await impl_->hashing.run({.standing = HashingQueue::Standing::known, .name = note->email},
                                              [&] { return crypto::hash_password(*password); });
    if (!hashed) co_return passed_on(hashed);
    hash = std::move(*hashed);
  }
  const auto digest = digest_of(secret);
  const auto device = impl_->secret();
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<LinkUsed> {
    // What was found out above may have changed while the password was hashed.
    const auto row = queries::link_with(session, digest);
    if (!row || row->ends <= impl_->clock.now()) return no_such_link();
    auto person = queries::person_with_email(session, row->email);
    if (person && person->disabled) return no_such_link();
    const bool invited = row->kind == kInvitation;
    if (invited && person) {
      if (auto good = check_is(by, *person); !good) return passed_on(good);
    } else if (hash.empty() || (!invited && !person)) {
      return no_such_link();
    }
    queries::remove_link(session, row->id);
    LinkUsed used;
    const bool sets_password = !invited || !person;
    if (!person) {
      person = Person{.id = new_id(impl_->clock, impl_->random),
                      .email = row->email,
                      .name = name.value_or(row->name.empty() ? name_before_at(row->email) : row->name),
                      .created = impl_->clock.now()};
      Impl::insert_person(session, *person);
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
      impl_->revoke({.person = person->id, .session = {}, .token = {}, .kept_session = {}, .sessions_only = true});
      queries::remove_password_links_of(session, person->email);
      // Whoever proved the address is known on this device: strangers who guess do not hold up what comes next.
      queries::remove_devices_of(session, person->id, "");
      impl_->keep_device(session, person->id, device);
      used.device = device;
      queries::forget_failures(session, guard_of_person(person->id).subject);
      record(session, impl_->clock, impl_->random, actor,
             {.network = "", .what = "password.set", .subject = person->email, .was = {}, .became = {}});
    }
    const auto role = role_from(row->role);
    if (invited && role && queries::network(session, row->network) && !person->roles.contains(row->network)) {
      queries::set_role(session, person->id, row->network, role);
      record(session, impl_->clock, impl_->random, actor,
             {.network = row->network, .what = "person.join", .subject = person->email, .was = {}, .became = {{"role", row->role}}});
    }
    used.person = *queries::person(session, person->id);
    return used;
  });
}

}  // namespace carillon::accounts
