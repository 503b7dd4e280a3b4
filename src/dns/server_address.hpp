#pragma once
// The address and port of a name server. Pure.

#include "base/result.hpp"

#include <cstdint>
#include <string>

namespace carillon::dns {

inline constexpr std::uint16_t kDnsPort = 53;

struct ServerAddress {
  std::string address;  ///< an IP address without brackets
  std::uint16_t port = kDnsPort;
  bool operator==(const ServerAddress&) const = default;
};

/// "ADDRESS", "ADDRESS:PORT" or "[ADDRESS]:PORT". `invalid`, with `field`, for anything else.
[[nodiscard]] Result<ServerAddress> parse_server(const std::string& text, std::string field = "dns.servers");

/// "192.0.2.53", "192.0.2.53:5353" or "[2001:db8::53]:5353".
[[nodiscard]] std::string text_of(const ServerAddress& server);

}  // namespace carillon::dns
