#pragma once
// The table of revocation checks; app puts it among the numbered migrations.

#include <string_view>

namespace carillon::certs {

/// Times are microseconds since 1970, 0 is none. `chain`: PEM of what was stored or sent with the certificate, to find its issuer.
/// `wanted`: when a check was last requested; a row is deleted if none has been requested for kUnwantedKept.
inline constexpr std::string_view kRevocationSchema =
    "CREATE TABLE revocation_checks (\n"
    "  fingerprint TEXT PRIMARY KEY,\n"
    "  chain TEXT NOT NULL,\n"
    "  not_before BIGINT NOT NULL,\n"
    "  not_after BIGINT NOT NULL,\n"
    "  wanted BIGINT NOT NULL,\n"
    "  next_check BIGINT NOT NULL,\n"
    "  checked BIGINT NOT NULL DEFAULT 0,\n"
    "  known BIGINT NOT NULL DEFAULT 0,\n"
    "  silent BIGINT NOT NULL DEFAULT 0,\n"
    "  status TEXT NOT NULL DEFAULT 'unknown',\n"
    "  revoked_at BIGINT NOT NULL DEFAULT 0,\n"
    "  reason INTEGER NOT NULL DEFAULT 0,\n"
    "  source TEXT NOT NULL DEFAULT '',\n"
    "  problem TEXT NOT NULL DEFAULT ''\n"
    ");\n"
    "CREATE INDEX revocation_checks_due ON revocation_checks (next_check);\n";

}  // namespace carillon::certs
