// See idempotency_queries.hpp.

#include "api/core/idempotency_queries.hpp"

#include <soci/soci.h>

#include <vector>

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

void finish_answer(db::Session& session, const std::string& caller, const std::string& key, const std::string& fingerprint, int status,
                   const std::string& fields, const std::string& body) {
  session
      << "UPDATE idempotency SET fingerprint = :fingerprint, status = :status, fields = :fields, body = :body WHERE caller = :caller AND "
         "key = :key",
      use(fingerprint), use(status), use(fields), use(body), use(caller), use(key);
}

void drop_answer(db::Session& session, const std::string& caller, const std::string& key) {
  session << "DELETE FROM idempotency WHERE caller = :caller AND key = :key", use(caller), use(key);
}

void make_room(db::Session& session, const std::string& person, std::size_t most, ByteCount bytes) {
  const auto tokens = person + " ", beyond = person + "!";  // '!' follows the space
  std::string caller, key;
  long long size = 0, created = 0;
  std::vector<std::pair<std::string, std::string>> dropped;
  {
    soci::statement statement{
        (session.prepare << "SELECT caller, key, LENGTH(body) + LENGTH(fields), created FROM idempotency WHERE caller "
                            "= :person OR (caller >= :tokens AND caller < :beyond) ORDER BY created DESC, caller, key",
         use(person), use(tokens), use(beyond), into(caller), into(key), into(size), into(created))};
    statement.execute();
    std::size_t count = 0;
    ByteCount sum;
    while (statement.fetch()) {
      sum += ByteCount{static_cast<std::uint64_t>(size)};
      if (++count > most || sum > bytes) dropped.emplace_back(caller, key);
    }
  }
  for (const auto& [one, named] : dropped) drop_answer(session, one, named);
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
