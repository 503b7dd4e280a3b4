#pragma once
// People to notify, and people who have left; for parts of the program that only know email addresses.

#include "base/time.hpp"
#include "db/database.hpp"

#include <string>
#include <vector>

namespace carillon::accounts {

/// The steward set during setup; "" for none. Blocks.
[[nodiscard]] Result<std::string> steward_now(db::Database& database);
/// Email addresses of the people to notify of problems. Block.
[[nodiscard]] Result<std::vector<std::string>> operators_now(db::Database& database);
[[nodiscard]] Result<std::vector<std::string>> owners_now(db::Database& database, const std::string& network);
/// Email addresses of disabled and deleted people. Blocks.
[[nodiscard]] Result<std::vector<std::string>> departed_now(db::Database& database);
/// Whether the person who had this address at `since` has been disabled or deleted, even if someone else has the address now. Blocks.
[[nodiscard]] Result<bool> has_left_now(db::Database& database, const std::string& email, Time since);
/// Whether this person exists, is an operator and isn't disabled. Blocks.
[[nodiscard]] Result<bool> is_operator_now(db::Database& database, const std::string& person_id);

}  // namespace carillon::accounts
