#pragma once
// Listeners' addresses: read from text, then reduced to what may be stored of them.

#include "base/digest.hpp"
#include "base/result.hpp"

#include <array>
#include <string>
#include <string_view>

namespace carillon::stats {

/// An IPv4 or IPv6 address.
struct Address {
  enum class Family { v4, v6 };
  Family family = Family::v4;
  std::array<std::byte, 16> bytes{};  ///< network order; IPv4 fills the first four

  /// "192.0.2.7", "2001:db8::1", "fe80::1%eth0" (the zone is dropped), "::ffff:192.0.2.7" (IPv4-mapped, RFC 4291 §2.5.5.2: taken as IPv4).
  /// `invalid` for anything else.
  [[nodiscard]] static Result<Address> parse(std::string_view text);
};

/// Loopback, link-local, private (RFC 1918, RFC 4193) and carrier-grade NAT (RFC 6598): nobody on the Internet has such an address.
[[nodiscard]] bool is_local(const Address& address) noexcept;

using ListenerKey = std::array<std::byte, 32>;
using Listener = std::array<std::byte, 16>;

/// The first 16 bytes of HMAC-SHA-256 over the address: four bytes of IPv4, the first eight of IPv6 (/64: what one household holds).
[[nodiscard]] Listener listener_of(const Address& address, const ListenerKey& key);

/// "192.0.2.0/24" or "2001:db8::/48": too wide to be a person, narrow enough for a place.
[[nodiscard]] std::string prefix_of(const Address& address);

}  // namespace carillon::stats
