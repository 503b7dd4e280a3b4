// See sessions.hpp.

#include "accounts/store/sessions.hpp"

#include "accounts/store/reading_impl.hpp"

namespace carillon::accounts::queries {
namespace {

using soci::into;
using soci::use;

struct SessionReader {
  SessionRow row;
  long long created = 0, last_used = 0, ends = 0;

  template <class Statement>
  void bind(Statement& statement) {
    statement, into(row.session.id), into(row.digest), into(row.csrf), into(row.person_id), into(row.session.agent),
        into(row.session.address_prefix), into(created), into(last_used), into(ends);
  }
  [[nodiscard]] SessionRow value() const {
    SessionRow result = row;
    result.session.created = from_microseconds(created);
    result.session.last_used = from_microseconds(last_used);
    result.session.ends = from_microseconds(ends);
    return result;
  }
};
constexpr const char* kSessions =
    "SELECT id, digest, csrf, person_id, agent, address_prefix, created, last_used, ends FROM sessions WHERE ";

}  // namespace

void insert(db::Session& session, const SessionRow& row) {
  const auto created = number(row.session.created), last_used = number(row.session.last_used), ends = number(row.session.ends);
  session
      << "INSERT INTO sessions (id, digest, csrf, person_id, agent, address_prefix, created, last_used, ends) VALUES (:id, :digest, :csrf, "
         ":person, :agent, :prefix, :created, :used, :ends)",
      use(row.session.id), use(row.digest), use(row.csrf), use(row.person_id), use(row.session.agent), use(row.session.address_prefix),
      use(created), use(last_used), use(ends);
}

std::optional<SessionRow> session_with(db::Session& session, const std::string& digest) {
  return first<SessionReader>(session, kSessions, "digest", digest);
}
std::optional<SessionRow> session_with_id(db::Session& session, const std::string& id) {
  return first<SessionReader>(session, kSessions, "id", id);
}

std::vector<Session> sessions_of(db::Session& session, const std::string& person_id, Time now) {
  SessionReader reader;
  const auto present = number(now);
  auto prepared =
      (session.prepare << kSessions << "person_id = :person AND ends > :now ORDER BY last_used DESC, id", use(person_id), use(present));
  reader.bind(prepared);
  soci::statement statement{prepared};
  std::vector<Session> found;
  statement.execute();
  while (statement.fetch()) found.push_back(reader.value().session);
  return found;
}

void use_session(db::Session& session, const std::string& id, Time created, Time now, Time ends) {
  const auto begun = number(created), used = number(now), until = number(ends);
  session << "UPDATE sessions SET created = :created, last_used = :used, ends = :ends WHERE id = :id", use(begun), use(used), use(until),
      use(id);
}
void remove_session(db::Session& session, const std::string& id) { session << "DELETE FROM sessions WHERE id = :id", use(id); }
void remove_sessions_of(db::Session& session, const std::string& person_id, const std::string& but) {
  session << "DELETE FROM sessions WHERE person_id = :person AND id <> :but", use(person_id), use(but);
}

}  // namespace carillon::accounts::queries
