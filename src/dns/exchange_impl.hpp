#pragma once
// One exchange with one name server, over libldns. For dns alone.

#include "base/result.hpp"
#include "dns/server_address.hpp"

#include <ldns/ldns.h>

#include <chrono>
#include <memory>
#include <string_view>

namespace carillon::dns {

struct FreeResolver {
  void operator()(ldns_resolver* resolver) const noexcept { ldns_resolver_deep_free(resolver); }
};
struct FreePacket {
  void operator()(ldns_pkt* packet) const noexcept { ldns_pkt_free(packet); }
};
struct FreeData {
  void operator()(ldns_rdf* data) const noexcept { ldns_rdf_deep_free(data); }
};
using ResolverHandle = std::unique_ptr<ldns_resolver, FreeResolver>;
using Packet = std::unique_ptr<ldns_pkt, FreePacket>;
using Data = std::unique_ptr<ldns_rdf, FreeData>;

/// `name`, absolute with or without its trailing dot, as an ldns object; null if it isn't a name.
[[nodiscard]] Data name_data(const std::string& name);

/// The name in lowercase without its trailing dot. `invalid` for anything but letters, digits, '-' and '_' between dots, so that ldns can't
/// find an escape.
[[nodiscard]] Result<std::string> checked_name(std::string_view given);

/// The bytes of one part of a record, in wire format.
[[nodiscard]] std::string_view as_view(const ldns_rdf* data);
/// A name as text, in lowercase without its trailing dot.
[[nodiscard]] std::string name_text(const ldns_rdf* name);

/// "SERVFAIL", "REFUSED", … (RFC 1035 §4.1.1, RFC 2136 §2.2).
[[nodiscard]] std::string code_text(ldns_pkt_rcode code);

/// What `server` answers about `name` and `type`, over UDP, and over TCP when the answer is truncated there. `unavailable`, with only the
/// reason, if there was no answer to that query.
[[nodiscard]] Result<Packet> ask_server(const ServerAddress& server, const ldns_rdf* name, ldns_rr_type type,
                                        std::chrono::milliseconds timeout);

}  // namespace carillon::dns
