#pragma once
// What people type when they say where to look: hosts, addresses, ranges, ports. Pure.

#include "certs/probe/probe.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace carillon::certs {

/// A range may hold this many addresses: a /16 of IPv4, a /112 of IPv6.
inline constexpr std::size_t kMaxAddressesInRange = 65'536;
inline constexpr std::size_t kMaxPorts = 1'024;
/// All targets together.
inline constexpr std::size_t kMaxEndpoints = 1'000'000;
inline constexpr std::size_t kLongestTargetLine = 1'024;

/// "443,8443": 1 to 65535 each, in their order, repetitions dropped. `invalid`.
[[nodiscard]] Result<std::vector<std::uint16_t>> parse_ports(std::string_view text);

/// One target: "host", "host:port", "host:443,8443", "192.0.2.7", "[2001:db8::1]:443", "2001:db8::1", "192.0.2.0/24", "192.0.2.0/24:8443",
/// "2001:db8::/120",
/// "[2001:db8::/120]:443". Without a port, each of `ports`. Ports for mail get their STARTTLS (25, 587: SMTP; 143: IMAP). `invalid`, or
/// `too_large` for a range.
[[nodiscard]] Result<std::vector<Target>> parse_target(std::string_view text, std::span<const std::uint16_t> ports);

/// A file with one target per line; empty lines and what follows a '#' are left out. Fails on the first line that is wrong, with its
/// number.
[[nodiscard]] Result<std::vector<std::string>> parse_target_lines(std::string_view text);

/// What is spoken before TLS on this port.
[[nodiscard]] StartTls starttls_at(std::uint16_t port) noexcept;

}  // namespace carillon::certs
