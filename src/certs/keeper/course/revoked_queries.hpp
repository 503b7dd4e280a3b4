#pragma once
// Database queries about certificates that may have been revoked. Every function runs in its caller's transaction.

#include "db/database.hpp"

namespace carillon::certs {

/// The chains (PEM) of at most `most` active and spare certificates for which no check has been requested since `wanted_before`. Leaves out
/// those of the local CA.
[[nodiscard]] std::vector<std::string> chains_to_check(db::Session& session, Time now, Time wanted_before, int most);
/// The names whose active or spare certificate was revoked.
[[nodiscard]] std::vector<std::string> names_with_revoked(db::Session& session);

}  // namespace carillon::certs
