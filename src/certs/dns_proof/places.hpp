#pragma once
// Where a proof in DNS goes, and where a CA may look for it.

#include "dns/resolver.hpp"
#include "dns/server_address.hpp"

#include <functional>
#include <optional>

namespace carillon::certs {

/// The record that `record` is an alias of at the end of its chain (CNAME), or `record` itself. `invalid` for a chain that never ends,
/// `unavailable` when the aliases can't be looked up. Any thread; blocks.
[[nodiscard]] Result<std::string> behind_aliases(dns::Resolver& resolver, const std::string& record);

/// One authoritative server of a zone, with all its addresses.
struct NameServer {
  std::string name;  ///< "" where the configuration gives an address
  std::vector<dns::ServerAddress> addresses;
};

/// The servers of the zone that `record` is in, as its NS records say. One whose address is that of `primary` is asked at that one's port.
/// `not_found`, `unavailable`: as the lookup says. Any thread; blocks.
[[nodiscard]] Result<std::vector<NameServer>> authoritative_servers(dns::Resolver& resolver, const std::string& record,
                                                                    const std::optional<dns::ServerAddress>& primary);

/// The texts of `name` at one server.
using TextsAt = std::function<Result<std::vector<std::string>>(const dns::ServerAddress& server, const std::string& name)>;
/// Asks over the network. Blocks for a few seconds at most.
[[nodiscard]] TextsAt texts_at_servers();

/// What one look at all servers has shown.
struct Spread {
  bool complete = true;             ///< every server that answers has the record, and at least one answers
  std::vector<std::string> lacks;   ///< servers that answer without the record, and what they say instead
  std::vector<std::string> silent;  ///< servers that don't answer, and why
};
/// A server counts by the first of its addresses that answers.
[[nodiscard]] Spread spread_of(const TextsAt& texts_at, const std::vector<NameServer>& servers, const std::string& record,
                               const std::string& value);

}  // namespace carillon::certs
