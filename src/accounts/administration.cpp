// Putting people out: disabling, deleting, and taking away what lets them in. See accounts.hpp.

#include "accounts/access_queries.hpp"
#include "accounts/accounts_impl.hpp"
#include "accounts/devices_queries.hpp"
#include "accounts/people_queries.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace carillon::accounts {
namespace {

std::unexpected<Error> no_such_person() { return fail(ErrorKind::not_found, "There is no such person."); }

/// What `by` may do to an account as a whole.
Result<> check_reach(const Caller& by, const Person& person) {
  if (by.is_operator()) return {};
  const bool theirs = !person.is_operator && !person.roles.empty() &&
                      std::ranges::all_of(person.roles, [&](const auto& role) { return by.role_in(role.first) == Role::owner; });
  if (theirs) return {};
  return fail(ErrorKind::refused,
              "This person operates this server, or belongs to networks that are not yours; only an operator may do this. You can take "
              "them out of your network.");
}

/// Somebody has to be left who can let others in.
Result<> check_is_not_last_operator(db::Session& session, const Person& person) {
  if (!person.is_operator || person.disabled) return {};
  if (!queries::other_operators(session, person).empty()) return {};
  return fail(ErrorKind::conflict, "“" + person.email +
                                       "” is the only operator of this server who can sign in; make somebody else an operator first, and "
                                       "let them set a password: carillon user role EMAIL operator");
}

Result<> check_is_not_last_owner(db::Session& session, const Person& person) {
  if (person.disabled) return {};
  for (const auto& [network, role] : person.roles) {
    if (role != Role::owner) continue;
    if (queries::other_owners(session, network, person).empty())
      return fail(ErrorKind::conflict, "“" + person.email + "” is the only owner of the network “" + network +
                                           "” who can sign in; make somebody else an owner first.");
  }
  return {};
}

}  // namespace

void Accounts::Impl::revoke(Revocation revocation) {
  database.after_commit([this, revocation = std::move(revocation)] { revocations.tell(revocation); });
}

void Accounts::Impl::record_of_person(db::Session& session, const Caller& by, const Person& person, Act act) {
  act.subject = person.email;
  database.after_commit([what = act.what, email = person.email, actor = by.actor()] {
    log::info("account changed", {{"event", what}, {"person", email}, {"by", actor.name}, {"from", actor.address_prefix}});
  });
  // Each network's owners see what became of its people.
  for (const auto& [network, role] : person.roles) {
    act.network = network;
    record(session, clock, random, by.actor(), act);
  }
  act.network.clear();
  if (person.roles.empty()) record(session, clock, random, by.actor(), act);
}

Revocations& Accounts::revocations() noexcept { return impl_->revocations; }

asio::awaitable<Result<std::optional<std::string>>> Accounts::network_shared_with(Caller by, std::string person_id) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<std::optional<std::string>> {
    const auto person = queries::person(session, person_id);
    if (!person) return std::nullopt;
    if (by.sees_everything()) return std::string{};
    std::optional<std::string> shared;
    for (const auto& [network, role] : person->roles) {
      const auto own = by.role_in(network);
      if (own == Role::owner) return network;
      if (own) shared = network;
    }
    return shared;
  });
}

asio::awaitable<Result<Person>> Accounts::edit_person(Caller by, std::string person_id, AccountEdit edit) {
  if (edit.is_operator && !by.is_operator())
    co_return fail(ErrorKind::refused, "Only an operator may make or unmake an operator.", "operator");
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<Person> {
    auto person = queries::person(session, person_id);
    if (!person) return no_such_person();
    if (auto good = check_reach(by, *person); !good) return passed_on(good);
    const bool demoted = edit.is_operator == false && person->is_operator;
    const bool disables = edit.disabled == true && !person->disabled;
    if (demoted || disables) {
      if (auto good = check_is_not_last_operator(session, *person); !good) return passed_on(good);
    }
    if (disables) {
      if (auto good = check_is_not_last_owner(session, *person); !good) return passed_on(good);
      queries::set_disabled(session, person->id, impl_->clock.now());
      queries::remove_sessions_of(session, person->id, "");
      queries::remove_tokens_of(session, person->id);
      queries::remove_devices_of(session, person->id, "");
      queries::remove_links_of(session, person->email);
      impl_->record_of_person(session, by, *person, {.network = {}, .what = "person.disable", .subject = {}, .was = {}, .became = {}});
    }
    if (edit.disabled == false && person->disabled) {
      queries::set_disabled(session, person->id, {});
      impl_->record_of_person(session, by, *person, {.network = {}, .what = "person.enable", .subject = {}, .was = {}, .became = {}});
    }
    if (edit.is_operator && *edit.is_operator != person->is_operator) {
      queries::set_operator(session, person->id, *edit.is_operator);
      impl_->record_of_person(session, by, *person,
                              {.network = {},
                               .what = "person.operator",
                               .subject = {},
                               .was = {{"operator", person->is_operator}},
                               .became = {{"operator", *edit.is_operator}}});
    }
    queries::remove_stale_links_by(session, person->id);
    // Whatever is open was opened with other rights.
    impl_->revoke({.person = person->id, .session = {}, .token = {}, .kept_session = {}});
    auto now = queries::person(session, person->id);
    return std::move(*now);
  });
}

asio::awaitable<Result<>> Accounts::delete_person(Caller by, std::string person_id) {
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<> {
    const auto person = queries::person(session, person_id);
    if (!person) return no_such_person();
    if (auto good = check_reach(by, *person); !good) return good;
    if (auto good = check_is_not_last_operator(session, *person); !good) return good;
    if (auto good = check_is_not_last_owner(session, *person); !good) return good;
    impl_->record_of_person(session, by, *person,
                            {.network = {}, .what = "person.delete", .subject = {}, .was = {{"name", person->name}}, .became = {}});
    queries::remove_links_of(session, person->email);
    queries::remove_person(session, *person, impl_->clock.now());
    queries::remove_stale_links_by(session, person->id);
    impl_->revoke({.person = person->id, .session = {}, .token = {}, .kept_session = {}});
    return {};
  });
}

asio::awaitable<Result<std::size_t>> Accounts::end_sessions(Caller by, std::string person_id) {
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<std::size_t> {
    const auto person = queries::person(session, person_id);
    if (!person) return no_such_person();
    if (auto good = check_reach(by, *person); !good) return passed_on(good);
    const auto kept = by.id() == person->id ? by.session : std::string{};
    const auto present = queries::sessions_of(session, person->id, impl_->clock.now());
    const auto ended = std::ranges::count_if(present, [&](const Session& one) { return one.id != kept; });
    queries::remove_sessions_of(session, person->id, kept);
    if (by.id() != person->id) queries::remove_devices_of(session, person->id, "");
    impl_->revoke({.person = person->id, .session = {}, .token = {}, .kept_session = kept, .sessions_only = true});
    impl_->record_of_person(session, by, *person,
                            {.network = {}, .what = "person.sessions_end", .subject = {}, .was = {{"sessions", ended}}, .became = {}});
    return static_cast<std::size_t>(ended);
  });
}

asio::awaitable<Result<std::string>> Accounts::reset_second_factor(Caller by, std::string person_id) {
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<std::string> {
    const auto person = queries::person(session, person_id);
    if (!person) return no_such_person();
    if (auto good = check_reach(by, *person); !good) return passed_on(good);
    if (!person->has_second_factor) return fail(ErrorKind::conflict, "“" + person->email + "” has no second factor that could be reset.");
    auto secrets = queries::secrets_of(session, person->id);
    secrets.second_factor.clear();
    secrets.step = 0;
    queries::set_secrets(session, person->id, secrets);
    queries::replace_recovery_codes(session, person->id, {});
    queries::remove_sessions_of(session, person->id, "");
    queries::remove_devices_of(session, person->id, "");
    impl_->revoke({.person = person->id, .session = {}, .token = {}, .kept_session = {}, .sessions_only = true});
    impl_->record_of_person(session, by, *person,
                            {.network = {}, .what = "person.second_factor", .subject = {}, .was = {{"second_factor", true}}, .became = {}});
    return person->email;
  });
}

asio::awaitable<Result<std::vector<Session>>> Accounts::sessions_of(Caller by, std::string person_id) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<std::vector<Session>> {
    const auto person = queries::person(session, person_id);
    if (!person) return no_such_person();
    if (auto good = check_reach(by, *person); !good) return passed_on(good);
    return queries::sessions_of(session, person->id, impl_->clock.now());
  });
}

asio::awaitable<Result<std::vector<Token>>> Accounts::tokens_of(Caller by, std::string person_id) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<std::vector<Token>> {
    const auto person = queries::person(session, person_id);
    if (!person) return no_such_person();
    if (auto good = check_reach(by, *person); !good) return passed_on(good);
    return queries::tokens_of(session, person->id);
  });
}

asio::awaitable<Result<>> Accounts::remove_token_of(Caller by, std::string person_id, std::string id) {
  co_return co_await impl_->database.write([&](db::Session& session) -> Result<> {
    const auto person = queries::person(session, person_id);
    if (!person) return no_such_person();
    if (auto good = check_reach(by, *person); !good) return good;
    const auto row = queries::token_with_id(session, id);
    if (!row || row->person_id != person->id) return fail(ErrorKind::not_found, "There is no token “" + id + "”.");
    queries::remove_token(session, id);
    impl_->revoke({.person = person->id, .session = {}, .token = id, .kept_session = {}});
    impl_->record_of_person(session, by, *person,
                            {.network = {}, .what = "token.remove", .subject = {}, .was = {{"name", row->token.name}}, .became = {}});
    return {};
  });
}

Result<std::vector<std::string>> departed_now(db::Database& database) {
  return database.read_now([](db::Session& session) -> Result<std::vector<std::string>> { return queries::departed(session); });
}

Result<bool> has_left_now(db::Database& database, const std::string& email, Time since) {
  return database.read_now([&](db::Session& session) -> Result<bool> { return queries::has_left(session, lower_ascii(email), since); });
}

Result<bool> is_operator_now(db::Database& database, const std::string& person_id) {
  return database.read_now([&](db::Session& session) -> Result<bool> {
    const auto person = queries::person(session, person_id);
    return person && person->is_operator && !person->disabled;
  });
}

}  // namespace carillon::accounts
