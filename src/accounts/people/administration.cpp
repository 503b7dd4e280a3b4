// See administration.hpp.

#include "accounts/people/administration.hpp"

#include "accounts/access/second_factors.hpp"
#include "accounts/checks.hpp"
#include "accounts/store/devices.hpp"
#include "accounts/store/links.hpp"
#include "base/log.hpp"

#include <algorithm>

namespace carillon::accounts {
namespace {

/// What `by` may do to an account as a whole.
Result<> check_reach(const Caller& by, const Person& person) {
  if (by.is_operator()) return {};
  const bool theirs = !person.is_operator && !person.roles.empty() &&
                      std::ranges::all_of(person.roles, [&](const auto& role) { return by.role_in(role.first) == Role::owner; });
  if (theirs) return {};
  return fail(
      ErrorKind::refused,
      "This person is an operator of this server or belongs to other networks, so only an operator can do this. You can still remove "
      "them from your network.");
}

/// Somebody has to be left who can let others in.
Result<> check_is_not_last_operator(db::Session& session, const Person& person) {
  if (!person.is_operator || person.disabled) return {};
  if (!queries::other_operators(session, person).empty()) return {};
  return fail(ErrorKind::conflict, "“" + person.email +
                                       "” is the only operator of this server who can sign in. First, make someone else an operator: "
                                       "carillon user role EMAIL operator. That person must also set a password.");
}

Result<> check_is_not_last_owner(db::Session& session, const Person& person) {
  if (person.disabled) return {};
  for (const auto& [network, role] : person.roles) {
    if (role != Role::owner) continue;
    if (queries::other_owners(session, network, person).empty())
      return fail(ErrorKind::conflict, "“" + person.email + "” is the only owner of the network “" + network +
                                           "” who can sign in; make someone else an owner first.");
  }
  return {};
}

}  // namespace

void Administration::record_of_person(db::Session& session, const Caller& by, const Person& person, Act act) const {
  act.subject = person.email;
  parts_.database.after_commit([what = act.what, email = person.email, actor = by.actor()] {
    log::info("account changed", {{"event", what}, {"person", email}, {"by", actor.name}, {"from", actor.address_prefix}});
  });
  // Each network's owners see what became of its people.
  for (const auto& [network, role] : person.roles) {
    act.network = network;
    record(session, parts_.clock, parts_.random, by.actor(), act);
  }
  act.network.clear();
  if (person.roles.empty()) record(session, parts_.clock, parts_.random, by.actor(), act);
}

asio::awaitable<Result<Person>> Administration::edit(Caller by, std::string person_id, AccountEdit edit) {
  if (edit.is_operator && !by.is_operator())
    co_return fail(ErrorKind::refused, "Only operators can change who is an operator.", "operator");
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<Person> {
    auto person = queries::person(session, person_id);
    if (!person) return no_such_person();
    if (auto good = check_reach(by, *person); !good) return forward_error(good);
    const bool demoted = edit.is_operator == false && person->is_operator;
    const bool disables = edit.disabled == true && !person->disabled;
    if (demoted || disables) {
      if (auto good = check_is_not_last_operator(session, *person); !good) return forward_error(good);
    }
    if (disables) {
      if (auto good = check_is_not_last_owner(session, *person); !good) return forward_error(good);
      queries::set_disabled(session, person->id, parts_.clock.now());
      queries::remove_sessions_of(session, person->id, "");
      queries::remove_tokens_of(session, person->id);
      queries::remove_devices_of(session, person->id, "");
      queries::remove_links_of(session, person->email);
      record_of_person(session, by, *person, {.network = {}, .what = "person.disable", .subject = {}, .was = {}, .became = {}});
    }
    if (edit.disabled == false && person->disabled) {
      queries::set_disabled(session, person->id, {});
      record_of_person(session, by, *person, {.network = {}, .what = "person.enable", .subject = {}, .was = {}, .became = {}});
    }
    if (edit.is_operator && *edit.is_operator != person->is_operator) {
      queries::set_operator(session, person->id, *edit.is_operator);
      record_of_person(session, by, *person,
                       {.network = {},
                        .what = "person.operator",
                        .subject = {},
                        .was = {{"operator", person->is_operator}},
                        .became = {{"operator", *edit.is_operator}}});
    }
    queries::remove_stale_links_by(session, person->id);
    // Whatever is open was opened with other rights.
    parts_.revocations.tell_once_committed(parts_.database, {.person = person->id, .session = {}, .token = {}, .kept_session = {}});
    auto now = queries::person(session, person->id);
    return std::move(*now);
  });
}

asio::awaitable<Result<>> Administration::remove(Caller by, std::string person_id) {
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<> {
    const auto person = queries::person(session, person_id);
    if (!person) return no_such_person();
    if (auto good = check_reach(by, *person); !good) return good;
    if (auto good = check_is_not_last_operator(session, *person); !good) return good;
    if (auto good = check_is_not_last_owner(session, *person); !good) return good;
    record_of_person(session, by, *person,
                     {.network = {}, .what = "person.delete", .subject = {}, .was = {{"name", person->name}}, .became = {}});
    queries::remove_links_of(session, person->email);
    queries::remove_person(session, *person, parts_.clock.now());
    queries::remove_stale_links_by(session, person->id);
    parts_.revocations.tell_once_committed(parts_.database, {.person = person->id, .session = {}, .token = {}, .kept_session = {}});
    return {};
  });
}

asio::awaitable<Result<std::size_t>> Administration::end_sessions(Caller by, std::string person_id) {
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<std::size_t> {
    const auto person = queries::person(session, person_id);
    if (!person) return no_such_person();
    if (auto good = check_reach(by, *person); !good) return forward_error(good);
    const auto kept = by.id() == person->id ? by.session : std::string{};
    const auto present = queries::sessions_of(session, person->id, parts_.clock.now());
    const auto ended = std::ranges::count_if(present, [&](const Session& one) { return one.id != kept; });
    queries::remove_sessions_of(session, person->id, kept);
    if (by.id() != person->id) queries::remove_devices_of(session, person->id, "");
    parts_.revocations.tell_once_committed(parts_.database,
                                           {.person = person->id, .session = {}, .token = {}, .kept_session = kept, .sessions_only = true});
    record_of_person(session, by, *person,
                     {.network = {}, .what = "person.sessions_end", .subject = {}, .was = {{"sessions", ended}}, .became = {}});
    return static_cast<std::size_t>(ended);
  });
}

asio::awaitable<Result<std::string>> Administration::reset_second_factor(Caller by, std::string person_id) {
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<std::string> {
    const auto person = queries::person(session, person_id);
    if (!person) return no_such_person();
    if (auto good = check_reach(by, *person); !good) return forward_error(good);
    if (!person->has_second_factor) return fail(ErrorKind::conflict, "“" + person->email + "” has no two-factor authentication to reset.");
    SecondFactors::remove(session, person->id);
    queries::remove_sessions_of(session, person->id, "");
    queries::remove_devices_of(session, person->id, "");
    parts_.revocations.tell_once_committed(parts_.database,
                                           {.person = person->id, .session = {}, .token = {}, .kept_session = {}, .sessions_only = true});
    record_of_person(session, by, *person,
                     {.network = {}, .what = "person.second_factor", .subject = {}, .was = {{"second_factor", true}}, .became = {}});
    return person->email;
  });
}

asio::awaitable<Result<std::vector<Session>>> Administration::sessions_of(Caller by, std::string person_id) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<std::vector<Session>> {
    const auto person = queries::person(session, person_id);
    if (!person) return no_such_person();
    if (auto good = check_reach(by, *person); !good) return forward_error(good);
    return queries::sessions_of(session, person->id, parts_.clock.now());
  });
}

asio::awaitable<Result<std::vector<Token>>> Administration::tokens_of(Caller by, std::string person_id) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<std::vector<Token>> {
    const auto person = queries::person(session, person_id);
    if (!person) return no_such_person();
    if (auto good = check_reach(by, *person); !good) return forward_error(good);
    return queries::tokens_of(session, person->id);
  });
}

asio::awaitable<Result<>> Administration::remove_token(Caller by, std::string person_id, std::string id) {
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<> {
    const auto person = queries::person(session, person_id);
    if (!person) return no_such_person();
    if (auto good = check_reach(by, *person); !good) return good;
    const auto row = queries::token_with_id(session, id);
    if (!row || row->person_id != person->id) return fail(ErrorKind::not_found, "There is no token with the ID “" + id + "”.");
    queries::remove_token(session, id);
    parts_.revocations.tell_once_committed(parts_.database, {.person = person->id, .session = {}, .token = id, .kept_session = {}});
    record_of_person(session, by, *person,
                     {.network = {}, .what = "token.remove", .subject = {}, .was = {{"name", row->token.name}}, .became = {}});
    return {};
  });
}

}  // namespace carillon::accounts
