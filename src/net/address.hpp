#pragma once
// IP addresses and networks as the limits and the trust in proxies compare them. Pure.

#include "base/result.hpp"

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace carillon::net {

/// An IP address as 16 bytes in network order; IPv4 in its mapped form (::ffff:192.0.2.7, RFC 4291 §2.5.5.2), so that both spellings of one
/// peer are one address.
struct IpAddress {
  std::array<unsigned char, 16> bytes{};
  auto operator<=>(const IpAddress&) const = default;

  /// "192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7"; `invalid` for anything else, a zone included.
  [[nodiscard]] static Result<IpAddress> parse(std::string_view text);
  [[nodiscard]] static IpAddress of_v4(std::span<const unsigned char, 4> bytes) noexcept;
  [[nodiscard]] static IpAddress of_v6(std::span<const unsigned char, 16> bytes) noexcept;
  [[nodiscard]] bool is_v4() const noexcept;
  [[nodiscard]] std::string text() const;
};

/// "10.0.0.0/8", "fd00::/8"; an address alone is a network of one.
struct Network {
  IpAddress base;
  unsigned bits = 0;  ///< of the 128: 96 more than what is written for IPv4
  /// `invalid` when it can't be read, or when bits behind the prefix are set.
  [[nodiscard]] static Result<Network> parse(std::string_view text);
  [[nodiscard]] bool contains(const IpAddress& address) const noexcept;
};

[[nodiscard]] bool is_in(std::span<const Network> networks, const IpAddress& address) noexcept;

/// What one subscriber holds: the address itself of IPv4, the /64 of IPv6.
[[nodiscard]] IpAddress subscriber_of(const IpAddress& address) noexcept;

/// "192.0.2.0/24" or "2001:db8::/48", for logs: too wide to be a person.
[[nodiscard]] std::string region_of(const IpAddress& address);
/// The same of an address as text, a zone ("fe80::1%eth0") left out; "" for what is none, as a unix socket's.
[[nodiscard]] std::string region_of(std::string_view address);

}  // namespace carillon::net
