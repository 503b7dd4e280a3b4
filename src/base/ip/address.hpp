#pragma once
// IP addresses and networks as values: the one way to read, write, compare, cut and classify them. Pure.

#include "base/result.hpp"

#include <array>
#include <compare>
#include <functional>
#include <span>
#include <string>
#include <string_view>

struct sockaddr;

namespace carillon {

/// An IPv4 or IPv6 address. An IPv4-mapped one (::ffff:192.0.2.7, RFC 4291 §2.5.5.2) is the IPv4 address that it means to the kernel, so
/// that both spellings of one peer are one address.
class IpAddress {
 public:
  /// What the "%eth0" of "fe80::1%eth0" is to the reader (RFC 4007 §11): an error, or ignored.
  enum class Zone { refused, dropped };

  /// "::", which is nobody's.
  IpAddress() = default;
  /// "192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7"; `invalid` for anything else.
  [[nodiscard]] static Result<IpAddress> parse(std::string_view text, Zone zone = Zone::refused);
  /// AF_INET and AF_INET6; `invalid` for other families.
  [[nodiscard]] static Result<IpAddress> of(const sockaddr& address);
  [[nodiscard]] static IpAddress of_v4(std::span<const unsigned char, 4> bytes) noexcept;
  [[nodiscard]] static IpAddress of_v6(std::span<const unsigned char, 16> bytes) noexcept;

  [[nodiscard]] bool is_v4() const noexcept;
  /// In network order: 4 of IPv4, 16 of IPv6.
  [[nodiscard]] std::span<const unsigned char> bytes() const noexcept;
  /// "192.0.2.7" or "2001:db8::1" (RFC 5952).
  [[nodiscard]] std::string text() const;
  /// What is left when all but the first `bits` (of 32 or 128) are cleared.
  [[nodiscard]] IpAddress cut_to(unsigned bits) const noexcept;

  auto operator<=>(const IpAddress&) const = default;

 private:
  friend std::hash<IpAddress>;
  std::array<unsigned char, 16> bytes_{};  ///< in network order; IPv4 in its mapped form
};

/// "10.0.0.0/8", "fd00::/8"; an address alone is a network of one. A network of IPv6 holds no IPv4 address, ::/0 included.
struct IpNetwork {
  IpAddress base;
  unsigned bits = 0;  ///< of 32 or 128
  /// `invalid` when it can't be read, or when bits behind the prefix are set. "::ffff:10.0.0.0/104" is 10.0.0.0/8.
  [[nodiscard]] static Result<IpNetwork> parse(std::string_view text);
  [[nodiscard]] bool contains(const IpAddress& address) const noexcept;
  [[nodiscard]] std::string text() const;  ///< with its bits: "10.0.0.0/8"
};
[[nodiscard]] bool is_in(std::span<const IpNetwork> networks, const IpAddress& address) noexcept;

/// How many leading bits of an address are kept.
struct PrefixLength {
  unsigned v4, v6;
};
/// What one subscriber holds: the address itself of IPv4, the /64 of IPv6.
inline constexpr PrefixLength kSubscriberPrefix{.v4 = 32, .v6 = 64};
/// Too wide to be a person, narrow enough for a place.
inline constexpr PrefixLength kRegionPrefix{.v4 = 24, .v6 = 48};
[[nodiscard]] IpNetwork network_of(const IpAddress& address, PrefixLength length) noexcept;
[[nodiscard]] IpAddress subscriber_of(const IpAddress& address) noexcept;
/// "192.0.2.0/24" or "2001:db8::/48": what logs, the audit trail and the request log may hold.
[[nodiscard]] std::string region_of(const IpAddress& address);
/// The same of an address as text, a zone dropped; "" for what isn't one, e.g. a Unix socket's.
[[nodiscard]] std::string region_of(std::string_view address);

/// 127.0.0.0/8 and ::1.
[[nodiscard]] bool is_loopback(const IpAddress& address) noexcept;
/// 169.254.0.0/16 and fe80::/10: this wire alone.
[[nodiscard]] bool is_link_local(const IpAddress& address) noexcept;
/// Loopback, link-local, private (RFC 1918, RFC 4193) and carrier-grade NAT (RFC 6598): nobody on the Internet has such an address.
[[nodiscard]] bool is_local(const IpAddress& address) noexcept;
/// Is `address` reachable over the public Internet as one host? Everything of IANA's special-purpose registries (RFC 6890) is not: "this"
/// network, private, shared (100.64.0.0/10), loopback, link-local, documentation, benchmarking, multicast, reserved; in IPv6 all but
/// 2000::/3 less its special parts. An address that carries an IPv4 address inside (NAT64, RFC 6052; 6to4, RFC 3056) is as public as that.
[[nodiscard]] bool is_public(const IpAddress& address) noexcept;

}  // namespace carillon

template <>
struct std::hash<carillon::IpAddress> {
  std::size_t operator()(const carillon::IpAddress& address) const noexcept {
    return std::hash<std::string_view>{}({reinterpret_cast<const char*>(address.bytes_.data()), address.bytes_.size()});
  }
};
