#pragma once
// The head that a proxy puts before a connection to say whose it is (HAProxy's PROXY protocol, versions 1 and 2). Pure.

#include "base/ip/address.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon::net {

/// A line of version 1 with its CR LF.
inline constexpr std::size_t kMaxProxyLine = 107;
/// Version 2 with its TLVs. The format allows 64 KiB; what proxies send is a few hundred bytes.
inline constexpr std::size_t kMaxProxyHead = 2048;

struct ProxyHead {
  enum class State {
    absent,      ///< these bytes begin something else
    incomplete,  ///< more bytes are needed to tell
    malformed,   ///< it begins as a head and isn't one: close the connection
    complete,
  };
  struct Client {
    IpAddress address;
    std::uint16_t port = 0;
  };
  State state = State::absent;
  std::size_t length = 0;        ///< of a complete one, to the byte
  std::optional<Client> client;  ///< none: the proxy speaks for itself (LOCAL, UNKNOWN, a unix socket), the peer is who connected
};

/// Reads the head at the beginning of `bytes`. Strict: in version 1 one space between fields, no leading zeros, both addresses of the
/// family that is named; in version 2 a stream over IPv4 or IPv6, all TLVs within the length, and the CRC-32C where there is one.
[[nodiscard]] ProxyHead parse_proxy_head(std::string_view bytes);

}  // namespace carillon::net
