#pragma once
// The SQL of stored responses. Every function runs in its caller's transaction.

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>

namespace carillon::api::queries {

struct KeptAnswer {
  std::string fingerprint;  ///< of the request
  int status = 0;           ///< 0 while the first request is running
  std::string fields;       ///< a JSON object
  std::string body;
};
[[nodiscard]] std::optional<KeptAnswer> kept_answer(db::Session& session, const std::string& caller, const std::string& key);
void begin_answer(db::Session& session, const std::string& caller, const std::string& key, const std::string& fingerprint, Time now);
void finish_answer(db::Session& session, const std::string& caller, const std::string& key, const std::string& fingerprint, int status,
                   const std::string& fields, const std::string& body);
void drop_answer(db::Session& session, const std::string& caller, const std::string& key);
/// Deletes the oldest responses of a person and their tokens (callers that equal `person` or begin with it and a space) until at most
/// `most` with at most `bytes` are left.
void make_room(db::Session& session, const std::string& person, std::size_t most, ByteCount bytes);
/// Responses stored in the future, by a clock that was ahead, are changed to be stored now.
void pull_answers_back_to(db::Session& session, Time now);
void drop_answers_before(db::Session& session, Time time);

}  // namespace carillon::api::queries
