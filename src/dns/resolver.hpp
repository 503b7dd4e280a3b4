#pragma once
// Looking names up: addresses, who may issue (CAA), texts.

#include "base/result.hpp"

#include <memory>
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

/// Any thread; blocks. `not_found`: the name does not exist or has no such record; `unavailable`: no server answered, or with a failure.
class Resolver {
 public:
  virtual ~Resolver() = default;
  /// Every A and AAAA record as text, A first. An address answers itself.
  [[nodiscard]] virtual Result<std::vector<std::string>> addresses(const std::string& name) = 0;
  /// The relevant record set: of the name, else of the nearest ancestor that has one (RFC 8659 §3). Empty: anybody may issue.
  [[nodiscard]] virtual Result<std::vector<CaaRecord>> caa(const std::string& name) = 0;
  [[nodiscard]] virtual Result<std::vector<std::string>> txt(const std::string& name) = 0;
};

/// `servers`: "ADDRESS" or "ADDRESS:PORT" each, asked in order; empty: the system's way (hosts file included for addresses).
[[nodiscard]] Result<std::unique_ptr<Resolver>> make_resolver(const std::vector<std::string>& servers);

/// May a CA that answers to `identity` ("letsencrypt.org", the CA's own `caaIdentities`) issue for `name` under these records? (RFC 8659 §4.2, §4.3:
/// `issuewild` before `issue` for wildcards; an unknown critical tag forbids.)
[[nodiscard]] bool caa_permits(const std::vector<CaaRecord>& records, const std::vector<std::string>& identities, bool wildcard);

}  // namespace carillon::dns
