#pragma once
// Certification Authority Authorization (RFC 8659): its records, and which CAs they permit. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon::dns {

/// One CAA record (RFC 8659 §4).
struct CaaRecord {
  bool critical = false;
  std::string tag;    ///< lower case: "issue", "issuewild", "iodef", …
  std::string value;  ///< "letsencrypt.org; validationmethods=http-01"
};

/// The RDATA of a CAA record: flags, length of the tag, tag, value (RFC 8659 §4.1). `invalid` if it is truncated or has no valid tag.
[[nodiscard]] Result<CaaRecord> parse_caa(std::string_view rdata);

/// Whether a CA with these identities ("letsencrypt.org", from its `caaIdentities`) may issue for `name` under these records. (RFC 8659
/// §4.2, §4.3: `issuewild` before `issue` for wildcards; an unknown critical tag forbids; a value that breaks the grammar permits nobody.)
/// Without `identities` (the CA doesn't publish them), only records that permit no CA at all forbid.
/// Parameters (RFC 8657: account, method) are left to the CA.
[[nodiscard]] bool caa_permits(const std::vector<CaaRecord>& records, const std::vector<std::string>& identities, bool wildcard);

}  // namespace carillon::dns
