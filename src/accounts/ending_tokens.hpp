#pragma once
// Tokens that end: for whoever reminds their people in time. Each function runs within its caller's transaction.

#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::accounts {

/// A token that ends, with whom it belongs to.
struct EndingToken {
  std::string id;
  std::string name;
  std::string email;
  Time created, ends;
  std::optional<Time> reminded;  ///< when its person was last told
};

/// Every token that ends, those that have ended included.
[[nodiscard]] std::vector<EndingToken> ending_tokens(db::Session& session);
/// Its person was told at this moment.
void note_reminder(db::Session& session, const std::string& token_id, Time at);

}  // namespace carillon::accounts
