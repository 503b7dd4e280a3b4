#pragma once
// IP addresses and networks as values: the only code that parses, formats, compares, truncates and classifies them. Pure.

#include "base/result.hpp"

#include <array>
#include <compare>
#include <functional>
#include <span>
#include <string>
#include <string_view>

struct sockaddr;

namespace carillon {

/// An IPv4 or IPv6 address. An IPv4-mapped one (::ffff:192.0.2.7, RFC 4291 §2.5.5.2) is treated as the IPv4 address that it stands for, so
/// that both notations of a peer are the same address.
class IpAddress {
 public:
  /// How the parser treats the "%eth0" of "fe80::1%eth0" (RFC 4007 §11): as an error, or by ignoring it.
  enum class Zone { refused, dropped };

  /// "::", the unspecified address.
  IpAddress() = default;
  /// "192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7"; `invalid` for anything else.
  [[nodiscard]] static Result<IpAddress> parse(std::string_view text, Zone zone = Zone::refused);
  /// AF_INET and AF_INET6; `invalid` for other families.
  [[nodiscard]] static Result<IpAddress> of(const sockaddr& address);
  [[nodiscard]] static IpAddress of_v4(std::span<const unsigned char, 4> bytes) noexcept;
  [[nodiscard]] static IpAddress of_v6(std::span<const unsigned char, 16> bytes) noexcept;

  [[nodiscard]] bool is_v4() const noexcept;
  /// In network order: 4 bytes for IPv4, 16 for IPv6.
  [[nodiscard]] std::span<const unsigned char> bytes() const noexcept;
  /// "192.0.2.7" or "2001:db8::1" (RFC 5952).
  [[nodiscard]] std::string text() const;
  /// The address with all but the first `bits` (of 32 or 128) cleared.
  [[nodiscard]] IpAddress cut_to(unsigned bits) const noexcept;

  auto operator<=>(const IpAddress&) const = default;

 private:
  friend std::hash<IpAddress>;
  std::array<unsigned char, 16> bytes_{};  ///< in network order; IPv4 in its mapped form
};

/// "10.0.0.0/8", "fd00::/8"; a single address is a network of one. An IPv6 network contains no IPv4 addresses, not even ::/0.
struct IpNetwork {
  IpAddress base;
  unsigned bits = 0;  ///< of 32 or 128
  /// `invalid` if it can't be parsed, or if bits after the prefix are set. "::ffff:10.0.0.0/104" is 10.0.0.0/8.
  [[nodiscard]] static Result<IpNetwork> parse(std::string_view text);
  [[nodiscard]] bool contains(const IpAddress& address) const noexcept;
  [[nodiscard]] std::string text() const;  ///< with its bits: "10.0.0.0/8"
};
[[nodiscard]] bool is_in(std::span<const IpNetwork> networks, const IpAddress& address) noexcept;

/// How many leading bits of an address are kept.
struct PrefixLength {
  unsigned v4, v6;
};
/// What one subscriber has: an IPv4 address or an IPv6 /64.
inline constexpr PrefixLength kSubscriberPrefix{.v4 = 32, .v6 = 64};
/// Too wide to identify a person, narrow enough for a location.
inline constexpr PrefixLength kRegionPrefix{.v4 = 24, .v6 = 48};
[[nodiscard]] IpNetwork network_of(const IpAddress& address, PrefixLength length) noexcept;
[[nodiscard]] IpAddress subscriber_of(const IpAddress& address) noexcept;
/// "192.0.2.0/24" or "2001:db8::/48": the most that logs, the audit trail and the request log may contain.
[[nodiscard]] std::string region_of(const IpAddress& address);
/// The same for an address as text, without its zone; "" if it isn't an IP address, e.g. for a Unix socket.
[[nodiscard]] std::string region_of(std::string_view address);

/// 127.0.0.0/8 and ::1.
[[nodiscard]] bool is_loopback(const IpAddress& address) noexcept;
/// 169.254.0.0/16 and fe80::/10: only on the local link.
[[nodiscard]] bool is_link_local(const IpAddress& address) noexcept;
/// Loopback, link-local, private (RFC 1918, RFC 4193) and carrier-grade NAT (RFC 6598): not used on the public Internet.
[[nodiscard]] bool is_local(const IpAddress& address) noexcept;
/// Whether `address` is a host that is reachable over the public Internet. Addresses in IANA's special-purpose registries (RFC 6890)
/// aren't: "this" network, private, shared (100.64.0.0/10), loopback, link-local, documentation, benchmarking, multicast, reserved; in IPv6
/// everything outside 2000::/3, and special parts of it. An address with an embedded IPv4 address (NAT64, RFC 6052; 6to4, RFC 3056) is
/// public if that one is.
[[nodiscard]] bool is_public(const IpAddress& address) noexcept;

}  // namespace carillon

template <>
struct std::hash<carillon::IpAddress> {
  std::size_t operator()(const carillon::IpAddress& address) const noexcept {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(address.bytes_.data()), address.bytes_.size()});
  }
};
