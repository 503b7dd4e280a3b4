// See people.hpp.

#include "accounts/people/people.hpp"

#include "accounts/audit.hpp"
#include "accounts/checks.hpp"
#include "accounts/store/links.hpp"
#include "accounts/store/networks.hpp"
#include "base/id.hpp"
#include "base/mail_address.hpp"
#include "base/text.hpp"

namespace carillon::accounts {

asio::awaitable<Result<People::NewPerson>> People::create(Caller by, std::string email, std::string name, bool is_operator,
                                                          std::optional<std::string> network, std::optional<Role> role) {
  const auto address = checked_mail_address(email, "email");
  if (!address) co_return std::unexpected(address.error());
  if (name.empty()) name = address->substr(0, address->find('@'));
  if (auto good = check_name(name); !good) co_return forward_error(good);
  Person made{.id = new_id(parts_.clock, parts_.random),
              .email = *address,
              .name = name,
              .is_operator = is_operator,
              .created = parts_.clock.now()};
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<NewPerson> {
    if (queries::person_with_email(session, made.email))
      return fail(ErrorKind::conflict, "“" + made.email + "” already has an account.", "email");
    if (role && network) {
      if (!queries::network(session, *network)) return no_such_network(*network);
      if (auto good = check_giving(by, *network, *role); !good) return forward_error(good);
      made.roles.emplace(*network, *role);
    }
    queries::insert(session, made);
    if (role && network) queries::set_role(session, made.id, *network, role);
    Act act{.network = network.value_or(""), .what = "person.create", .subject = made.email, .was = {}, .became = {{"name", made.name}}};
    if (role) act.became["role"] = name_of(*role);
    if (is_operator) act.became["role"] = "operator";
    record(session, parts_.clock, parts_.random, by.actor(), act);
    return NewPerson{
        .person = made,
        .link = make_link(session, parts_.clock, parts_.random, kPassword, made.email, made.name, "", {}, kInvitationLasts, by.id())};
  });
}

asio::awaitable<Result<Person>> People::find(std::string id) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<Person> {
    auto found = queries::person(session, id);
    if (!found) return no_such_person();
    return std::move(*found);
  });
}

asio::awaitable<Result<Person>> People::with_email(std::string email) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<Person> {
    auto found = queries::person_with_email(session, lower_ascii(trimmed(email)));
    if (!found) return fail(ErrorKind::not_found, "There is no account with the email address “" + email + "”.", "user");
    return std::move(*found);
  });
}

asio::awaitable<Result<std::vector<Person>>> People::list(std::optional<std::string> network, std::string after, std::size_t limit) {
  co_return co_await parts_.database.read(
      [&](db::Session& session) -> Result<std::vector<Person>> { return queries::people(session, network, after, limit); });
}

asio::awaitable<Result<Person>> People::set_role(Caller by, std::string network, std::string person_id, std::optional<Role> role) {
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<Person> {
    auto person = queries::person(session, person_id);
    // Whoever has no role here is a stranger: they are invited, and only an operator appoints them.
    std::optional<Role> was;
    if (person && person->roles.contains(network)) was = person->roles.at(network);
    if (!person || (!was && !(by.is_operator() && role)))
      return fail(ErrorKind::not_found, "This person isn't in the network “" + network + "”.");
    if (was) {
      if (auto good = check_giving(by, network, *was); !good && person_id != by.id()) return forward_error(good);
    }
    if (role) {
      if (auto good = check_giving(by, network, *role); !good) return forward_error(good);
    }
    if (was == Role::owner && (!role || *role != Role::owner) && !person->disabled &&
        queries::other_owners(session, network, *person).empty())
      return fail(ErrorKind::conflict,
                  "This is the only owner of the network “" + network + "” who can sign in; make someone else an owner first.", "role");
    if (was == role) return std::move(*person);  // nothing changes, and nothing is told
    queries::set_role(session, person_id, network, role);
    // An invitation that was never used is no way back.
    if (!role) queries::remove_invitations_of(session, person->email, network);
    queries::remove_stale_links_by(session, person_id);
    parts_.revocations.tell_once_committed(parts_.database, {.person = person_id, .session = {}, .token = {}, .kept_session = {}});
    Act act{.network = network, .what = role ? "person.role" : "person.leave", .subject = person->email, .was = {}, .became = {}};
    if (was) act.was["role"] = name_of(*was);
    if (role) act.became["role"] = name_of(*role);
    record(session, parts_.clock, parts_.random, by.actor(), act);
    person->roles = queries::roles_of(session, person_id);
    return std::move(*person);
  });
}

asio::awaitable<Result<std::optional<std::string>>> People::network_shared_with(Caller by, std::string person_id) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<std::optional<std::string>> {
    const auto person = queries::person(session, person_id);
    if (!person) return std::nullopt;
    if (by.is_operator()) return std::string{};
    std::optional<std::string> shared;
    for (const auto& [network, role] : person->roles) {
      const auto own = by.role_in(network);
      if (own == Role::owner) return network;
      if (own) shared = network;
    }
    return shared;
  });
}

}  // namespace carillon::accounts
