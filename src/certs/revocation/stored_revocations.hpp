#pragma once
// The stored revocation state of a certificate.

#include "certs/revocation/revocation.hpp"
#include "db/database.hpp"

namespace carillon::certs {

/// Runs in the caller's transaction. None: no check has been requested.
[[nodiscard]] std::optional<Revocation> find_revocation(db::Session& session, const std::string& fingerprint);

}  // namespace carillon::certs
