#pragma once
// Whom others have to tell, and who is gone: for parts of the program that know people by their addresses alone.

#include "base/time.hpp"
#include "db/database.hpp"

#include <string>
#include <vector>

namespace carillon::accounts {

/// Who was put in charge of certificates at the beginning; "" for nobody. Blocks.
[[nodiscard]] Result<std::string> steward_now(db::Database& database);
/// Addresses of those who have to be told when something is wrong. Block.
[[nodiscard]] Result<std::vector<std::string>> operators_now(db::Database& database);
[[nodiscard]] Result<std::vector<std::string>> owners_now(db::Database& database, const std::string& network);
/// Addresses of people who are disabled or were deleted. Blocks.
[[nodiscard]] Result<std::vector<std::string>> departed_now(db::Database& database);
/// Whether whoever had this address at `since` is put out by now: disabled or deleted, also where the address was given to somebody else
/// again. Blocks.
[[nodiscard]] Result<bool> has_left_now(db::Database& database, const std::string& email, Time since);
/// Whether there is such a person, who operates this server and is not disabled. Blocks.
[[nodiscard]] Result<bool> is_operator_now(db::Database& database, const std::string& person_id);

}  // namespace carillon::accounts
