#pragma once
// Where a DNS proof goes, and where a CA may look for it.

#include "dns/resolver.hpp"
#include "dns/server_address.hpp"

#include <functional>
#include <optional>

namespace carillon::certs {

/// Follows CNAMEs from `record` to the last target; `record` itself if there are none. `invalid` if the chain is too long, `unavailable` if
/// an alias can't be looked up. Any thread; blocks.
[[nodiscard]] Result<std::string> behind_aliases(dns::Resolver& resolver, const std::string& record);

/// One authoritative server of a zone, with all its addresses.
struct NameServer {
  std::string name;  ///< "" if the configuration gives an address
  std::vector<dns::ServerAddress> addresses;
};

/// The servers of the zone that contains `record`, according to its NS records. A server with `primary`'s address is asked on `primary`'s
/// port. `not_found` and `unavailable` come from the lookup. Any thread; blocks.
[[nodiscard]] Result<std::vector<NameServer>> authoritative_servers(dns::Resolver& resolver, const std::string& record,
                                                                    const std::optional<dns::ServerAddress>& primary);

/// The texts of `name` at one server.
using TextsAt = std::function<Result<std::vector<std::string>>(const dns::ServerAddress& server, const std::string& name)>;
/// Asks over the network. Blocks for a few seconds at most.
[[nodiscard]] TextsAt texts_at_servers();

/// The result of asking all servers once.
struct Spread {
  std::vector<std::string> lacks;   ///< servers that answer without the record, and what they say instead
  std::vector<std::string> silent;  ///< servers that don't answer, and why
};
/// Each server's result is that of its first address that answers.
[[nodiscard]] Spread spread_of(const TextsAt& texts_at, const std::vector<NameServer>& servers, const std::string& record,
                               const std::string& value);

}  // namespace carillon::certs
