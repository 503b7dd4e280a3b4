#pragma once
// Tokens, and their SQL. Every function runs in its caller's transaction. Digests are hexadecimal SHA-256 of the secrets.

#include "base/time.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::accounts {

struct Token {
  std::string id;
  std::string name;
  std::vector<std::string> scopes;  ///< empty: all permissions of its owner
  Time created;
  std::optional<Time> last_used, ends;
};

namespace queries {

struct TokenRow {
  Token token;
  std::string digest, person_id;
};
void insert(db::Session& session, const TokenRow& row);
[[nodiscard]] std::optional<TokenRow> token_with(db::Session& session, const std::string& digest);
[[nodiscard]] std::optional<TokenRow> token_with_id(db::Session& session, const std::string& id);
[[nodiscard]] std::vector<Token> tokens_of(db::Session& session, const std::string& person_id);
void use_token(db::Session& session, const std::string& id, Time now);
void remove_token(db::Session& session, const std::string& id);
void remove_tokens_of(db::Session& session, const std::string& person_id);

}  // namespace queries

}  // namespace carillon::accounts
