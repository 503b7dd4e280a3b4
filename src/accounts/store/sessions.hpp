#pragma once
// Sessions, and their SQL. Every function runs in its caller's transaction. Digests are hexadecimal SHA-256 of the secrets.

#include "base/time.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::accounts {

struct Session {
  std::string id;
  std::string agent;  ///< the browser's own words, cut
  std::string address_prefix;
  Time created, last_used, ends;
};

namespace queries {

struct SessionRow {
  Session session;
  std::string digest, csrf, person_id;
};
void insert(db::Session& session, const SessionRow& row);
[[nodiscard]] std::optional<SessionRow> session_with(db::Session& session, const std::string& digest);
[[nodiscard]] std::optional<SessionRow> session_with_id(db::Session& session, const std::string& id);
[[nodiscard]] std::vector<Session> sessions_of(db::Session& session, const std::string& person_id, Time now);
/// `created` is what it was, or earlier.
void use_session(db::Session& session, const std::string& id, Time created, Time now, Time ends);
void remove_session(db::Session& session, const std::string& id);
void remove_sessions_of(db::Session& session, const std::string& person_id, const std::string& but);

}  // namespace queries

}  // namespace carillon::accounts
