#pragma once
// What is known of a certificate, for those who act on it.

#include "certs/revocation/revocation.hpp"
#include "db/database.hpp"

namespace carillon::certs {

/// Within the caller's transaction; none: nobody has wanted to know.
[[nodiscard]] std::optional<Revocation> find_revocation(db::Session& session, const std::string& fingerprint);

}  // namespace carillon::certs
