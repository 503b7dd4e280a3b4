#pragma once
// Certification Authority Authorization (RFC 8659): its records, and whom they permit. Pure.

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

/// The RDATA of a CAA record: flags, length of the tag, tag, value (RFC 8659 §4.1). `invalid` when it is cut off or its tag is none.
[[nodiscard]] Result<CaaRecord> parse_caa(std::string_view rdata);

/// May a CA that answers to `identity` ("letsencrypt.org", the CA's own `caaIdentities`) issue for `name` under these records? (RFC 8659
/// §4.2, §4.3: `issuewild` before `issue` for wildcards; an unknown critical tag forbids; a value that breaks the grammar permits nobody.)
/// With no `identities` — the CA does not say who it is — only records that permit nobody at all forbid.
/// What parameters demand (RFC 8657: account, method) is for the CA to judge.
[[nodiscard]] bool caa_permits(const std::vector<CaaRecord>& records, const std::vector<std::string>& identities, bool wildcard);

}  // namespace carillon::dns
