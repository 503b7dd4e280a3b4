// See ending_tokens.hpp.

#include "accounts/ending_tokens.hpp"

#include <soci/soci.h>

namespace carillon::accounts {

using soci::into;
using soci::use;

std::vector<EndingToken> ending_tokens(db::Session& session) {
  EndingToken row;
  long long created = 0, ends = 0, reminded = 0;
  soci::statement statement =
      (session.prepare << "SELECT t.id, t.name, p.email, t.created, t.ends, t.reminded FROM tokens t JOIN people p ON p.id = t.person_id "
                          "WHERE t.ends > 0 ORDER BY t.id",
       into(row.id), into(row.name), into(row.email), into(created), into(ends), into(reminded));
  statement.execute();
  std::vector<EndingToken> found;
  while (statement.fetch()) {
    row.created = from_microseconds(created);
    row.ends = from_microseconds(ends);
    row.reminded = reminded == 0 ? std::nullopt : std::optional{from_microseconds(reminded)};
    found.push_back(row);
  }
  return found;
}
void note_reminder(db::Session& session, const std::string& token_id, Time at) {
  const auto reported = static_cast<long long>(to_microseconds(at));
  session << "UPDATE tokens SET reminded = :told WHERE id = :id", use(reported), use(token_id);
}

}  // namespace carillon::accounts
