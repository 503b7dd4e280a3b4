#pragma once
// Which addresses belong to everybody, and which are somebody's own network. Pure.

#include "base/result.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct sockaddr;

namespace carillon::http {

/// An IP address as bytes: IPv4 in the first four, an IPv4-mapped IPv6 address as the IPv4 address that it means to the kernel.
struct IpAddress {
  bool v6 = false;
  std::array<unsigned char, 16> bytes{};
  auto operator<=>(const IpAddress&) const = default;

  /// `invalid` for anything but "192.0.2.7" and "2001:db8::1".
  [[nodiscard]] static Result<IpAddress> parse(std::string_view text);
  /// AF_INET and AF_INET6; `invalid` for other families.
  [[nodiscard]] static Result<IpAddress> of(const sockaddr& address);
  [[nodiscard]] std::string text() const;
};

/// "10.0.0.0/8", "fd00::/8"; an address alone is a network of one.
struct Network {
  IpAddress base;
  unsigned bits = 0;
  /// `invalid` when it cannot be read, or when bits behind the prefix are set.
  [[nodiscard]] static Result<Network> parse(std::string_view text);
  [[nodiscard]] bool contains(const IpAddress& address) const noexcept;
};

/// Is `address` reachable over the public internet as one host? Everything of IANA's special-purpose registries (RFC 6890) is not: "this"
/// network, private, shared (100.64.0.0/10), loopback, link-local, documentation, benchmarking, multicast, reserved; in IPv6 all but
/// 2000::/3 less its special parts. An address that carries an IPv4 address inside (NAT64, RFC 6052; 6to4, RFC 3056) is as public as that.
[[nodiscard]] bool is_public(const IpAddress& address) noexcept;

/// `is_public`, or inside one of `allowed`.
[[nodiscard]] bool may_reach(const IpAddress& address, std::span<const Network> allowed) noexcept;

}  // namespace carillon::http
