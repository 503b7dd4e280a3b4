// People, their roles, and the links that let them in. See accounts.hpp.

#include "accounts/access_queries.hpp"
#include "accounts/accounts_impl.hpp"
#include "accounts/people_queries.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "crypto/password.hpp"

#include <algorithm>

namespace carillon::accounts {
namespace {

constexpr std::string_view kInvitation = "invitation";
constexpr std::string_view kPassword = "password";

std::unexpected<Error> no_such_link() {
  return fail(ErrorKind::not_found, "This link has been used already, or it is too old; ask for a new one.");
}

/// The role of whoever gives roles: operators may give every one.
Result<> check_giving(const Caller& by, const std::string& network, Role given) {
  if (by.is_operator()) return {};
  const auto own = by.role_in(network);
  if (own && may_give(*own, given)) return {};
  return fail(ErrorKind::refused, "Only an owner may make or unmake an owner or a manager.", "role");
}

}  // namespace

OneTimeLink Accounts::Impl::make_link(db::Session& session, std::string_view kind, const std::string& email, const std::string& name,
                                      const std::string& network, std::optional<Role> role, Duration lasts) {
  const auto now = clock.now();
  OneTimeLink link{.id = new_id(clock, random), .secret = secret(), .email = email, .ends = now + lasts};
  queries::insert(session, queries::LinkRow{.id = link.id,
                                            .digest = digest_of(link.secret),
                                            .kind = std::string(kind),
                                            .email = email,
                                            .name = name,
                                            .network = network,
                                            .role = role ? std::string(name_of(*role)) : std::string{},
                                            .created = now,
                                            .ends = link.ends});
  return link;
}

asio::awaitable<Result<Accounts::NewPerson>> Accounts::create_person(Caller by, std::string email, std::string name, bool is_operator,
                                                                     std::optional<std::string> network, std::optional<Role> role) {
  const auto address = checked_email(email);
  if (!address) co_return std::unexpected(address.error());
  if (name.empty()) name = address->substr(0, address->find('@'));
  if (auto good = check_name(name); !good) co_return passed_on(good);
  Person made{.id = new_id(impl_->clock, impl_->random),
              .email = *address,
              .name = name,
              .is_operator = is_operator,
              .created = impl_->clock.now()};
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<NewPerson> {
    if (queries::person_with_email(session, made.email))
      return fail(ErrorKind::conflict, "There is somebody with the address “" + made.email + "” already.", "email");
    if (role && network) {
      if (!queries::network(session, *network)) return no_such_network(*network);
      if (auto good = check_giving(by, *network, *role); !good) return passed_on(good);
      made.roles.emplace(*network, *role);
    }
    queries::insert(session, made);
    if (role && network) queries::set_role(session, made.id, *network, role);
    Act act{.network = network.value_or(""), .what = "person.create", .subject = made.email, .was = {}, .became = {{"name", made.name}}};
    if (role) act.became["role"] = name_of(*role);
    if (is_operator) act.became["role"] = "operator";
    record(session, impl_->clock, impl_->random, by.actor(), act);
    return NewPerson{.person = made, .link = impl_->make_link(session, kPassword, made.email, made.name, "", {}, kInvitationLasts)};
  });
}

asio::awaitable<Result<Person>> Accounts::person(std::string id) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<Person> {
    auto found = queries::person(session, id);
    if (!found) return fail(ErrorKind::not_found, "There is no such person.");
    return std::move(*found);
  });
}

asio::awaitable<Result<Person>> Accounts::person_with_email(std::string email) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<Person> {
    auto found = queries::person_with_email(session, lower_ascii(trimmed(email)));
    if (!found) return fail(ErrorKind::not_found, "There is nobody with the address “" + email + "”.", "user");
    return std::move(*found);
  });
}

asio::awaitable<Result<std::vector<Person>>> Accounts::people(std::optional<std::string> network, std::string after, std::size_t limit) {
  co_return co_await impl_->database.read(
      [&](db::Session& session) -> Result<std::vector<Person>> { return queries::people(session, network, after, limit); });
}

asio::awaitable<Result<Person>> Accounts::set_role(Caller by, std::string network, std::string person_id, std::optional<Role> role) {
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<Person> {
    auto person = queries::person(session, person_id);
    const auto present = person ? person->roles.find(network) : decltype(person->roles.find(network)){};
    // Whoever has no role here is a stranger: they are invited, not appointed.
    if (!person || present == person->roles.end())
      return fail(ErrorKind::not_found, "There is no such person in the network “" + network + "”.");
    const auto was = present->second;
    if (auto good = check_giving(by, network, was); !good && person_id != by.id()) return passed_on(good);
    if (role) {
      if (auto good = check_giving(by, network, *role); !good) return passed_on(good);
    }
    const auto owners = queries::owners_of(session, network);
    if (was == Role::owner && (!role || *role != Role::owner) && owners.size() == 1)
      return fail(ErrorKind::conflict, "This is the only owner of the network “" + network + "”; make somebody else an owner first.",
                  "role");
    queries::set_role(session, person_id, network, role);
    Act act{.network = network,
            .what = role ? "person.role" : "person.leave",
            .subject = person->email,
            .was = {{"role", name_of(was)}},
            .became = {}};
    if (role) act.became["role"] = name_of(*role);
    record(session, impl_->clock, impl_->random, by.actor(), act);
    person->roles = queries::roles_of(session, person_id);
    return std::move(*person);
  });
}

asio::awaitable<Result<OneTimeLink>> Accounts::invite(Caller by, std::string email, std::string network, Role role) {
  const auto address = checked_email(email);
  if (!address) co_return std::unexpected(address.error());
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<OneTimeLink> {
    if (!queries::network(session, network)) return no_such_network(network);
    if (auto good = check_giving(by, network, role); !good) return passed_on(good);
    const auto person = queries::person_with_email(session, *address);
    if (person && person->roles.contains(network))
      return fail(ErrorKind::conflict, "“" + *address + "” belongs to the network “" + network + "” already.", "email");
    record(session, impl_->clock, impl_->random, by.actor(),
           {.network = network, .what = "person.invite", .subject = *address, .was = {}, .became = {{"role", name_of(role)}}});
    return impl_->make_link(session, kInvitation, *address, "", network, role, kInvitationLasts);
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
    if (!row || row->kind != kInvitation) return fail(ErrorKind::not_found, "There is no invitation “" + id + "”.");
    queries::remove_link(session, id);
    record(session, impl_->clock, impl_->random, by.actor(),
           {.network = row->network, .what = "invitation.withdraw", .subject = row->email, .was = {{"role", row->role}}, .became = {}});
    return {};
  });
}

Result<std::vector<std::string>> operators_now(db::Database& database) {
  return database.read_now([](db::Session& session) -> Result<std::vector<std::string>> { return queries::operators(session); });
}

Result<std::vector<std::string>> owners_now(db::Database& database, const std::string& network) {
  return database.read_now([&](db::Session& session) -> Result<std::vector<std::string>> { return queries::owners_of(session, network); });
}

asio::awaitable<Result<std::optional<OneTimeLink>>> Accounts::reset_password(std::string email, std::string address_prefix) {
  const auto address = lower_ascii(trimmed(email));
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<std::optional<OneTimeLink>> {
    const auto person = queries::person_with_email(session, address);
    if (!person) return std::nullopt;
    queries::remove_password_links_of(session, address);
    const Actor by{.id = "", .name = address, .address_prefix = address_prefix};
    record(session, impl_->clock, impl_->random, by,
           {.network = "", .what = "password.reset_asked", .subject = address, .was = {}, .became = {}});
    return impl_->make_link(session, kPassword, address, person->name, "", {}, kResetLasts);
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
    return LinkNote{.kind = row->kind,
                    .email = row->email,
                    .network = row->network,
                    .needs_password = row->kind == kPassword || !person || !person->has_password};
  });
}

asio::awaitable<Result<Person>> Accounts::use_link(std::string secret, std::optional<std::string> name, std::optional<std::string> password,
                                                   std::string address_prefix) {
  const auto note = co_await link(secret);
  if (!note) co_return std::unexpected(note.error());
  if (name) {
    if (auto good = check_name(*name); !good) co_return passed_on(good);
  }
  // An invitation to somebody who has a password already gives a role, and no way around that password.
  const bool sets_password = note->needs_password;
  std::string hash;
  if (sets_password) {
    if (!password) co_return fail(ErrorKind::invalid, "Choose a password.", "password");
    if (auto good = crypto::check_password(*password); !good) co_return passed_on(good);
    hash = co_await impl_->away([&] { return crypto::hash_password(*password); });
  }
  const auto digest = digest_of(secret);
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<Person> {
    const auto row = queries::link_with(session, digest);
    if (!row || row->ends <= impl_->clock.now()) return no_such_link();
    queries::remove_link(session, row->id);
    auto person = queries::person_with_email(session, row->email);
    if (!person && row->kind == kPassword) return no_such_link();
    const auto known_as = name.value_or(row->name.empty() ? row->email.substr(0, row->email.find('@')) : row->name);
    if (!person) {
      person = Person{.id = new_id(impl_->clock, impl_->random), .email = row->email, .name = known_as, .created = impl_->clock.now()};
      queries::insert(session, *person);
    } else if (name && sets_password) {
      queries::set_name(session, person->id, *name);
    }
    const Actor by{.id = person->id, .name = person->email, .address_prefix = address_prefix};
    if (sets_password && (row->kind == kPassword || !person->has_password)) {
      auto secrets = queries::secrets_of(session, person->id);
      secrets.password = hash;
      queries::set_secrets(session, person->id, secrets);
      queries::remove_sessions_of(session, person->id, "");
      queries::remove_password_links_of(session, person->email);
      queries::forget_failures(session, "account " + person->email);
      record(session, impl_->clock, impl_->random, by,
             {.network = "", .what = "password.set", .subject = person->email, .was = {}, .became = {}});
    }
    const auto role = role_from(row->role);
    if (row->kind == kInvitation && role && queries::network(session, row->network) && !person->roles.contains(row->network)) {
      queries::set_role(session, person->id, row->network, role);
      record(session, impl_->clock, impl_->random, by,
             {.network = row->network, .what = "person.join", .subject = person->email, .was = {}, .became = {{"role", row->role}}});
    }
    auto now = queries::person(session, person->id);
    return std::move(*now);
  });
}

}  // namespace carillon::accounts
