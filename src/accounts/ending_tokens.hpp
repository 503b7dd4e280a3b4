#pragma once
// Tokens with an expiry date, for reminding their owners in time. Each function runs in its caller's transaction.

#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::accounts {

/// A token that expires, with its owner.
struct EndingToken {
  std::string id;
  std::string name;
  std::string email;
  Time created, ends;
  std::optional<Time> reminded;  ///< when its owner was last reminded
};

/// All tokens with an expiry date, including expired ones.
[[nodiscard]] std::vector<EndingToken> ending_tokens(db::Session& session);
/// Records that its owner was reminded at this time.
void note_reminder(db::Session& session, const std::string& token_id, Time at);

}  // namespace carillon::accounts
