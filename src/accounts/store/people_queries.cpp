// See people.hpp.

#include "accounts/store/people.hpp"

#include "accounts/store/links.hpp"
#include "accounts/store/settings.hpp"

#include <soci/soci.h>

namespace carillon::accounts::queries {
namespace {

using soci::into;
using soci::use;

constexpr const char* kPersonColumns =
    "people.id, email, people.name, is_operator, password <> '', second_factor <> '', people.created, disabled";

struct PersonRow {
  Person person;
  int is_operator = 0, has_password = 0, has_second_factor = 0;
  long long created = 0, disabled = 0;

  template <class Statement>
  void bind(Statement& statement) {
    statement, into(person.id), into(person.email), into(person.name), into(is_operator), into(has_password), into(has_second_factor),
        into(created), into(disabled);
  }
  [[nodiscard]] Person value() const {
    Person result = person;
    result.is_operator = is_operator != 0;
    result.has_password = has_password != 0;
    result.has_second_factor = has_second_factor != 0;
    result.created = from_microseconds(created);
    if (disabled != 0) result.disabled = from_microseconds(disabled);
    return result;
  }
};

std::optional<Person> one(db::Session& session, const char* where, const std::string& value) {
  PersonRow row;
  auto prepared = (session.prepare << "SELECT " << kPersonColumns << " FROM people WHERE " << where << " = :value", use(value));
  row.bind(prepared);
  soci::statement statement{prepared};
  if (!statement.execute(true)) return {};
  auto found = row.value();
  found.roles = roles_of(session, found.id);
  return found;
}

}  // namespace

void insert(db::Session& session, const Person& person) {
  const auto created = static_cast<long long>(to_microseconds(person.created));
  const int is_operator = person.is_operator;
  session << "DELETE FROM departed WHERE email = :email", use(person.email);
  session << "INSERT INTO people (id, email, name, is_operator, created) VALUES (:id, :email, :name, :operator, :created)", use(person.id),
      use(person.email), use(person.name), use(is_operator), use(created);
  remove_password_links_of(session, person.email);
  remove_setting(session, kFirstRun);
}

std::optional<Person> person(db::Session& session, const std::string& id) { return one(session, "people.id", id); }
std::optional<Person> person_with_email(db::Session& session, const std::string& email) { return one(session, "email", email); }

std::vector<Person> people(db::Session& session, const std::optional<std::string>& network, const std::string& after, std::size_t limit) {
  PersonRow row;
  const auto most = static_cast<long long>(limit);
  const auto wanted = network.value_or("");
  const int every = network ? 0 : 1;
  auto prepared =
      (session.prepare << "SELECT " << kPersonColumns
                       << " FROM people WHERE email > :after AND (:every = 1 OR EXISTS (SELECT 1 FROM roles WHERE roles.person_id = "
                          "people.id AND roles.network = :network)) ORDER BY email LIMIT :limit",
       use(after), use(every), use(wanted), use(most));
  row.bind(prepared);
  soci::statement statement{prepared};
  std::vector<Person> found;
  statement.execute();
  while (statement.fetch()) found.push_back(row.value());
  for (auto& each : found) each.roles = roles_of(session, each.id);
  return found;
}

Secrets secrets_of(db::Session& session, const std::string& person_id) {
  Secrets secrets;
  long long step = 0;
  session << "SELECT password, second_factor, second_factor_step FROM people WHERE id = :id", use(person_id), into(secrets.password),
      into(secrets.second_factor), into(step);
  secrets.step = step;
  return secrets;
}

void set_secrets(db::Session& session, const std::string& person_id, const Secrets& secrets) {
  const auto step = static_cast<long long>(secrets.step);
  session << "UPDATE people SET password = :password, second_factor = :factor, second_factor_step = :step WHERE id = :id",
      use(secrets.password), use(secrets.second_factor), use(step), use(person_id);
}

void set_name(db::Session& session, const std::string& person_id, const std::string& name) {
  session << "UPDATE people SET name = :name WHERE id = :id", use(name), use(person_id);
}

void set_disabled(db::Session& session, const std::string& person_id, std::optional<Time> since) {
  const auto at = since ? static_cast<long long>(to_microseconds(*since)) : 0LL;
  session << "UPDATE people SET disabled = :at WHERE id = :id", use(at), use(person_id);
}

void set_operator(db::Session& session, const std::string& person_id, bool is_operator) {
  const int value = is_operator;
  session << "UPDATE people SET is_operator = :value WHERE id = :id", use(value), use(person_id);
}

void remove_person(db::Session& session, const Person& person, Time now) {
  const auto at = static_cast<long long>(to_microseconds(now));
  session << "DELETE FROM people WHERE id = :id", use(person.id);
  session << "INSERT INTO departed (email, at) VALUES (:email, :at) ON CONFLICT (email) DO UPDATE SET at = excluded.at", use(person.email),
      use(at);
}

std::vector<std::string> departed(db::Session& session) {
  std::string email;
  soci::statement statement{
      (session.prepare << "SELECT email FROM departed UNION SELECT email FROM people WHERE disabled <> 0 ORDER BY email", into(email))};
  std::vector<std::string> found;
  statement.execute();
  while (statement.fetch()) found.push_back(email);
  return found;
}

void set_role(db::Session& session, const std::string& person_id, const std::string& network, std::optional<Role> role) {
  session << "DELETE FROM roles WHERE person_id = :person AND network = :network", use(person_id), use(network);
  if (!role) return;
  const std::string name{name_of(*role)};
  session << "INSERT INTO roles (person_id, network, role) VALUES (:person, :network, :role)", use(person_id), use(network), use(name);
}

std::map<std::string, Role, std::less<>> roles_of(db::Session& session, const std::string& person_id) {
  std::string network, role;
  soci::statement statement{
      (session.prepare << "SELECT network, role FROM roles WHERE person_id = :person", use(person_id), into(network), into(role))};
  std::map<std::string, Role, std::less<>> roles;
  statement.execute();
  while (statement.fetch()) {
    if (const auto known = role_from(role)) roles.emplace(network, *known);
  }
  return roles;
}

bool has_left(db::Session& session, const std::string& email, Time since) {
  const auto at = static_cast<long long>(to_microseconds(since));
  long long count = 0;
  session
      << "SELECT (SELECT COUNT(*) FROM people WHERE email = :one AND disabled <> 0) + (SELECT COUNT(*) FROM departed WHERE email = :two) "
         "+ (SELECT COUNT(*) FROM audit WHERE act = 'person.delete' AND subject = :three AND at >= :since)",
      use(email), use(email), use(email), use(at), into(count);
  return count > 0;
}

std::vector<std::string> other_operators(db::Session& session, const Person& person) {
  auto others = operators(session, person.has_password ? Counted::with_password : Counted::enabled);
  std::erase(others, person.email);
  return others;
}

std::vector<std::string> other_owners(db::Session& session, const std::string& network, const Person& person) {
  auto others = owners_of(session, network, person.has_password ? Counted::with_password : Counted::enabled);
  std::erase(others, person.email);
  return others;
}

std::vector<std::string> operators(db::Session& session, Counted counted) {
  std::string email;
  const int every = counted == Counted::enabled;
  soci::statement statement{
      (session.prepare
           << "SELECT email FROM people WHERE is_operator = 1 AND disabled = 0 AND (:every = 1 OR password <> '') ORDER BY email",
       use(every), into(email))};
  std::vector<std::string> found;
  statement.execute();
  while (statement.fetch()) found.push_back(email);
  return found;
}

std::vector<std::string> owners_of(db::Session& session, const std::string& network, Counted counted) {
  std::string email;
  const int every = counted == Counted::enabled;
  soci::statement statement{
      (session.prepare << "SELECT email FROM people JOIN roles ON roles.person_id = people.id WHERE roles.network = "
                          ":network AND role = 'owner' AND disabled = 0 AND (:every = 1 OR password <> '') ORDER BY email",
       use(network), use(every), into(email))};
  std::vector<std::string> found;
  statement.execute();
  while (statement.fetch()) found.push_back(email);
  return found;
}

void replace_recovery_codes(db::Session& session, const std::string& person_id, const std::vector<std::string>& kept) {
  session << "DELETE FROM recovery_codes WHERE person_id = :person", use(person_id);
  for (const auto& code : kept)
    session << "INSERT INTO recovery_codes (person_id, digest) VALUES (:person, :kept)", use(person_id), use(code);
}

std::vector<std::string> recovery_codes_of(db::Session& session, const std::string& person_id) {
  std::string kept;
  soci::statement statement{(session.prepare << "SELECT digest FROM recovery_codes WHERE person_id = :person", use(person_id), into(kept))};
  std::vector<std::string> found;
  statement.execute();
  while (statement.fetch()) found.push_back(kept);
  return found;
}

bool take_recovery_code(db::Session& session, const std::string& person_id, const std::string& kept) {
  soci::statement statement{
      (session.prepare << "DELETE FROM recovery_codes WHERE person_id = :person AND digest = :kept", use(person_id), use(kept))};
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

}  // namespace carillon::accounts::queries
