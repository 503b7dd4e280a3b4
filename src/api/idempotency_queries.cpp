// See idempotency_queries.hpp.

#include "api/idempotency_queries.hpp"

#include <soci/soci.h>

namespace carillon::api::queries {

using soci::into;
using soci::use;

std::optional<KeptAnswer> kept_answer(db::Session& session, const std::string& caller, const std::string& key) {
  KeptAnswer answer;
  session << "SELECT fingerprint, status, fields, body FROM idempotency WHERE caller = :caller AND key = :key", use(caller), use(key),
      into(answer.fingerprint), into(answer.status), into(answer.fields), into(answer.body);
  if (!session.got_data()) return {};
  return answer;
}

void begin_answer(db::Session& session, const std::string& caller, const std::string& key, const std::string& fingerprint, Time now) {
  const auto created = static_cast<long long>(to_microseconds(now));
  session << "INSERT INTO idempotency (caller, key, fingerprint, created) VALUES (:caller, :key, :fingerprint, :created)", use(caller),
      use(key), use(fingerprint), use(created);
}

void finish_answer(db::Session& session, const std::string& caller, const std::string& key, int status, const std::string& fields,
                   const std::string& body) {
  session << "UPDATE idempotency SET status = :status, fields = :fields, body = :body WHERE caller = :caller AND key = :key", use(status),
      use(fields), use(body), use(caller), use(key);
}

void drop_answer(db::Session& session, const std::string& caller, const std::string& key) {
  session << "DELETE FROM idempotency WHERE caller = :caller AND key = :key", use(caller), use(key);
}

void pull_answers_back_to(db::Session& session, Time now) {
  const auto present = static_cast<long long>(to_microseconds(now));
  session << "UPDATE idempotency SET created = :now WHERE created > :present", use(present), use(present);
}

void drop_answers_before(db::Session& session, Time time) {
  const auto before = static_cast<long long>(to_microseconds(time));
  session << "DELETE FROM idempotency WHERE created < :before", use(before);
}

}  // namespace carillon::api::queries
