#pragma once
// Certificates in the database, for the steps that write them. Every function runs in its caller's transaction.

#include "certs/keeper/kept_name.hpp"
#include "db/database.hpp"

namespace carillon::certs {

void put_certificate(db::Session& session, const StoredCertificate& certificate);
[[nodiscard]] std::optional<StoredCertificate> find_certificate(db::Session& session, const std::string& id);
/// The newest first, without keys' and chains' bytes left out: all of it.
[[nodiscard]] std::vector<StoredCertificate> certificates_of(db::Session& session, const std::string& name, int most);
void mark_seen(db::Session& session, const std::string& id, Time at);
/// How many were stored for `name` since, the one with the id `but` left out.
[[nodiscard]] int stored_since(db::Session& session, const std::string& name, const std::string& but, Time since);
/// Removes what was replaced and ended long ago. What is in force or in work stays whatever its dates, and so do the newest kNewestKept:
/// they may only seem to have ended to a clock that is wrong.
inline constexpr int kNewestKept = 4;
void prune_certificates(db::Session& session, const std::string& name, const std::string& current, const std::string& fresh,
                        Time ended_before);

}  // namespace carillon::certs
