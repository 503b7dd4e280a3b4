#pragma once
// People, their roles and their secrets, and the SQL of them. Every function runs within its caller's transaction.

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
  std::optional<Time> disabled{};  ///< since when nobody gets in as this person
};

namespace queries {

/// What is never shown.
struct Secrets {
  std::string password;       ///< its argon2id hash, "" while there is none
  std::string second_factor;  ///< sealed, "" while there is none
  std::int64_t step = 0;      ///< of the code that was used last
};

/// Somebody new: links of an earlier person with this address aren't theirs, and the link for the first person has done its work, also when
/// everybody is gone again.
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
/// With everything that is the person's alone; the address is noted among those who departed.
void remove_person(db::Session& session, const Person& person, Time now);
/// Whether somebody with this address is disabled, is gone, or was deleted since then.
[[nodiscard]] bool has_left(db::Session& session, const std::string& email, Time since);
/// E-mail addresses of people who are disabled or were deleted.
[[nodiscard]] std::vector<std::string> departed(db::Session& session);

void set_role(db::Session& session, const std::string& person_id, const std::string& network, std::optional<Role> role);
[[nodiscard]] std::map<std::string, Role, std::less<>> roles_of(db::Session& session, const std::string& person_id);
/// Whom to count: an account that nobody ever got into lets nobody else in.
enum class Counted { enabled, with_password };
/// E-mail addresses; not of the disabled.
[[nodiscard]] std::vector<std::string> operators(db::Session& session, Counted counted = Counted::enabled);
[[nodiscard]] std::vector<std::string> owners_of(db::Session& session, const std::string& network, Counted counted = Counted::enabled);
/// Who is left when `person` goes: of those who can sign in, if they can.
[[nodiscard]] std::vector<std::string> other_operators(db::Session& session, const Person& person);
[[nodiscard]] std::vector<std::string> other_owners(db::Session& session, const std::string& network, const Person& person);

/// `kept`: each as it is kept, sealed (or, from earlier versions, its digest).
void replace_recovery_codes(db::Session& session, const std::string& person_id, const std::vector<std::string>& kept);
[[nodiscard]] std::vector<std::string> recovery_codes_of(db::Session& session, const std::string& person_id);
/// True when it was there: it works once.
[[nodiscard]] bool take_recovery_code(db::Session& session, const std::string& person_id, const std::string& kept);

}  // namespace queries

}  // namespace carillon::accounts
