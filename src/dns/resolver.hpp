#pragma once
// DNS lookups: addresses, CAA, TXT, aliases, name servers.

#include "base/result.hpp"
#include "dns/caa.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::dns {

/// Any thread; blocks. `not_found`: the name doesn't exist or has no such record; `unavailable`: no server responded, or only with a
/// failure; `invalid`: not a valid name. Names are A-labels (RFC 5890 §2.3.2.1), absolute with or without their last dot. “localhost” and
/// all below it have this machine's loopback addresses and no other record; without a DNS query (RFC 6761 §6.3).
class Resolver {
 public:
  virtual ~Resolver() = default;
  /// Every A and AAAA record as text, A first. An address returns itself. Both types are queried; a failure of one only counts if the other
  /// has no records.
  [[nodiscard]] virtual Result<std::vector<std::string>> addresses(const std::string& name) = 0;
  /// The relevant record set: of the name, else of the nearest ancestor that has one (RFC 8659 §3). Empty: any CA may issue. "*.NAME" is
  /// queried as NAME.
  [[nodiscard]] virtual Result<std::vector<CaaRecord>> caa(const std::string& name) = 0;
  [[nodiscard]] virtual Result<std::vector<std::string>> txt(const std::string& name) = 0;
  /// The name that `name` is an alias of (CNAME): one step.
  [[nodiscard]] virtual Result<std::string> alias(const std::string& name) = 0;
  /// The names of the servers of the zone that begins at `name` (NS).
  [[nodiscard]] virtual Result<std::vector<std::string>> name_servers(const std::string& name) = 0;
};

/// The timeout of one server for one query; each is queried twice before the next one.
inline constexpr std::chrono::milliseconds kAnswerTimeout{5'000};
inline constexpr int kAttempts = 2;

/// `servers`: "ADDRESS" or "ADDRESS:PORT" each ("[ADDRESS]:PORT" with IPv6), queried in order; empty: the system's resolver configuration
/// (including the hosts file for addresses). `invalid` if one of them can't be parsed.
[[nodiscard]] Result<std::unique_ptr<Resolver>> make_resolver(const std::vector<std::string>& servers,
                                                              std::chrono::milliseconds timeout = kAnswerTimeout);

}  // namespace carillon::dns
