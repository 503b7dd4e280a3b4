#pragma once
// People, their roles and their secrets, and the SQL of them. Every function runs in its caller's transaction.

#include "accounts/permission.hpp"
#include "base/time.hpp"
#include "db/database.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace carillon::accounts {

struct Person {
  std::string id;
  std::string email;  ///< lower case
  std::string name;
  bool is_operator = false;
  bool has_password = false;
  bool has_second_factor = false;
  std::map<std::string, Role, std::less<>> roles;  ///< by network
  Time created;
  std::optional<Time> disabled{};  ///< when the account was disabled
};

namespace queries {

/// Values that are never shown.
struct Secrets {
  std::string password;       ///< its argon2id hash, "" if none
  std::string second_factor;  ///< sealed, "" if none
  std::int64_t step = 0;      ///< of the last used code
};

/// Inserts a new person. Deletes links of an earlier person with this address, and the setup link, which isn't needed again even if all
/// people are deleted later.
void insert(db::Session& session, const Person& person);
[[nodiscard]] std::optional<Person> person(db::Session& session, const std::string& id);
[[nodiscard]] std::optional<Person> person_with_email(db::Session& session, const std::string& email);
[[nodiscard]] std::vector<Person> people(db::Session& session, const std::optional<std::string>& network, const std::string& after,
                                         std::size_t limit);
[[nodiscard]] Secrets secrets_of(db::Session& session, const std::string& person_id);
void set_secrets(db::Session& session, const std::string& person_id, const Secrets& secrets);
void set_name(db::Session& session, const std::string& person_id, const std::string& name);
void set_disabled(db::Session& session, const std::string& person_id, std::optional<Time> since);
void set_operator(db::Session& session, const std::string& person_id, bool is_operator);
/// Also removes everything that only belongs to this person; records the address as departed.
void remove_person(db::Session& session, const Person& person, Time now);
/// Whether the person with this address is disabled or departed, or was deleted since then.
[[nodiscard]] bool has_left(db::Session& session, const std::string& email, Time since);
/// Email addresses of disabled and deleted people.
[[nodiscard]] std::vector<std::string> departed(db::Session& session);

void set_role(db::Session& session, const std::string& person_id, const std::string& network, std::optional<Role> role);
[[nodiscard]] std::map<std::string, Role, std::less<>> roles_of(db::Session& session, const std::string& person_id);
/// Which accounts to count: no one can sign in with an account that never had a password.
enum class Counted { enabled, with_password };
/// Email addresses, without those of disabled accounts.
[[nodiscard]] std::vector<std::string> operators(db::Session& session, Counted counted = Counted::enabled);
[[nodiscard]] std::vector<std::string> owners_of(db::Session& session, const std::string& network, Counted counted = Counted::enabled);
/// The remaining people without `person`; only those who can sign in, if `person` can.
[[nodiscard]] std::vector<std::string> other_operators(db::Session& session, const Person& person);
[[nodiscard]] std::vector<std::string> other_owners(db::Session& session, const std::string& network, const Person& person);

/// `kept` has them as they are stored: sealed (or, from earlier versions, as digests).
void replace_recovery_codes(db::Session& session, const std::string& person_id, const std::vector<std::string>& kept);
[[nodiscard]] std::vector<std::string> recovery_codes_of(db::Session& session, const std::string& person_id);
/// True if it existed; each code works once.
[[nodiscard]] bool take_recovery_code(db::Session& session, const std::string& person_id, const std::string& kept);

}  // namespace queries

}  // namespace carillon::accounts
