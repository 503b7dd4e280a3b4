// See contacts.hpp.

#include "accounts/store/contacts.hpp"

#include "accounts/store/people.hpp"
#include "accounts/store/settings.hpp"
#include "base/text.hpp"

namespace carillon::accounts {

Result<std::string> steward_now(db::Database& database) {
  return database.read_now(
      [](db::Session& session) -> Result<std::string> { return queries::setting(session, queries::kSteward).value_or(""); });
}

Result<std::vector<std::string>> operators_now(db::Database& database) {
  return database.read_now([](db::Session& session) -> Result<std::vector<std::string>> { return queries::operators(session); });
}

Result<std::vector<std::string>> owners_now(db::Database& database, const std::string& network) {
  return database.read_now([&](db::Session& session) -> Result<std::vector<std::string>> { return queries::owners_of(session, network); });
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
