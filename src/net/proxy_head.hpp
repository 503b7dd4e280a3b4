#pragma once
// The header with which a proxy identifies the client of a connection (HAProxy's PROXY protocol, versions 1 and 2). Pure.

#include "base/ip/address.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon::net {

/// A line of version 1 with its CR LF.
inline constexpr std::size_t kMaxProxyLine = 107;
/// Version 2 with its TLVs. The format allows 64 KiB; proxies send a few hundred bytes.
inline constexpr std::size_t kMaxProxyHead = 2048;

struct ProxyHead {
  enum class State {
    absent,      ///< these bytes aren't a PROXY header
    incomplete,  ///< more bytes are needed
    malformed,   ///< it starts like a header but isn't valid: close the connection
    complete,
  };
  struct Client {
    IpAddress address;
    std::uint16_t port = 0;
  };
  State state = State::absent;
  std::size_t length = 0;        ///< of a complete header, in bytes
  std::optional<Client> client;  ///< none: the connection is the proxy's own (LOCAL, UNKNOWN, a Unix socket), so the peer is the client
};

/// Parses the header at the start of `bytes`. Strict: in version 1 one space between fields, no leading zeros, both addresses of the given
/// family; in version 2 a stream over IPv4 or IPv6, all TLVs within the length, and the CRC-32C if there is one.
[[nodiscard]] ProxyHead parse_proxy_head(std::string_view bytes);

}  // namespace carillon::net
