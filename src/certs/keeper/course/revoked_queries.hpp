#pragma once
// What is asked of the database about certificates that may have been revoked. Every function runs within its caller's transaction.

#include "db/database.hpp"

namespace carillon::certs {

/// The chains (PEM) of certificates in force and spares, but not those of the local CA, that nobody has wanted a revocation check of since
/// `wanted_before`; `most` at most.
[[nodiscard]] std::vector<std::string> chains_to_check(db::Session& session, Time now, Time wanted_before, int most);
/// The names whose certificate in force or spare was revoked.
[[nodiscard]] std::vector<std::string> names_with_revoked(db::Session& session);

}  // namespace carillon::certs
