// See tokens.hpp.

#include "accounts/store/tokens.hpp"

#include "accounts/store/reading_impl.hpp"
#include "base/text.hpp"

namespace carillon::accounts::queries {
namespace {

using soci::into;
using soci::use;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (const auto word : split(text, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

struct TokenReader {
  TokenRow row;
  std::string scopes;
  long long created = 0, last_used = 0, ends = 0;

  template <class Statement>
  void bind(Statement& statement) {
    statement, into(row.token.id), into(row.digest), into(row.person_id), into(row.token.name), into(scopes), into(created),
        into(last_used), into(ends);
  }
  [[nodiscard]] TokenRow value() const {
    TokenRow result = row;
    result.token.scopes = words_of(scopes);
    result.token.created = from_microseconds(created);
    if (last_used != 0) result.token.last_used = from_microseconds(last_used);
    if (ends != 0) result.token.ends = from_microseconds(ends);
    return result;
  }
};
constexpr const char* kTokens = "SELECT id, digest, person_id, name, scopes, created, last_used, ends FROM tokens WHERE ";

}  // namespace

void insert(db::Session& session, const TokenRow& row) {
  const auto created = number(row.token.created), ends = row.token.ends ? number(*row.token.ends) : 0;
  const auto scopes = joined(row.token.scopes);
  session
      << "INSERT INTO tokens (id, digest, person_id, name, scopes, created, ends) VALUES (:id, :digest, :person, :name, :scopes, :created, "
         ":ends)",
      use(row.token.id), use(row.digest), use(row.person_id), use(row.token.name), use(scopes), use(created), use(ends);
}
std::optional<TokenRow> token_with(db::Session& session, const std::string& digest) {
  return first<TokenReader>(session, kTokens, "digest", digest);
}
std::optional<TokenRow> token_with_id(db::Session& session, const std::string& id) {
  return first<TokenReader>(session, kTokens, "id", id);
}

std::vector<Token> tokens_of(db::Session& session, const std::string& person_id) {
  TokenReader reader;
  auto prepared = (session.prepare << kTokens << "person_id = :person ORDER BY id DESC", use(person_id));
  reader.bind(prepared);
  soci::statement statement{prepared};
  std::vector<Token> found;
  statement.execute();
  while (statement.fetch()) found.push_back(reader.value().token);
  return found;
}
void use_token(db::Session& session, const std::string& id, Time now) {
  const auto used = number(now);
  session << "UPDATE tokens SET last_used = :used WHERE id = :id", use(used), use(id);
}
void remove_token(db::Session& session, const std::string& id) { session << "DELETE FROM tokens WHERE id = :id", use(id); }
void remove_tokens_of(db::Session& session, const std::string& person_id) {
  session << "DELETE FROM tokens WHERE person_id = :person", use(person_id);
}

}  // namespace carillon::accounts::queries
