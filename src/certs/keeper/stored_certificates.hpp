#pragma once
// Certificates in the database, for the keeper's steps. Every function runs in its caller's transaction.

#include "certs/keeper/kept_name.hpp"
#include "db/database.hpp"

namespace carillon::certs {

void put_certificate(db::Session& session, const StoredCertificate& certificate);
[[nodiscard]] std::optional<StoredCertificate> find_certificate(db::Session& session, const std::string& id);
/// Newest first, including keys and chains.
[[nodiscard]] std::vector<StoredCertificate> certificates_of(db::Session& session, const std::string& name, int most);
void mark_seen(db::Session& session, const std::string& id, Time at);
/// How many were stored for `name` since then, except the one with the ID `but`.
[[nodiscard]] int stored_since(db::Session& session, const std::string& name, const std::string& but, Time since);
/// Expired certificates are kept this long: a way back, and history.
inline constexpr std::chrono::hours kExpiredKept{24 * 90};
/// Deletes replaced certificates that expired long ago. Those that are active or in progress are kept regardless of their dates, and so are
/// the newest kNewestKept, as they may only seem expired to a wrong clock.
inline constexpr int kNewestKept = 4;
void prune_certificates(db::Session& session, const std::string& name, const std::string& current, const std::string& fresh,
                        Time ended_before);

}  // namespace carillon::certs
