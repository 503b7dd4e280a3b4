#pragma once
// Parses scan targets as people type them: hosts, addresses, ranges, ports. Pure.

#include "certs/probe/probe.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace carillon::certs {

/// The maximum size of a range: an IPv4 /16 or IPv6 /112.
inline constexpr std::size_t kMaxAddressesInRange = 65'536;
inline constexpr std::size_t kMaxPorts = 1'024;
/// Endpoints of all targets together.
inline constexpr std::size_t kMaxEndpoints = 1'000'000;
inline constexpr std::size_t kLongestTargetLine = 1'024;

/// "443,8443": 1 to 65535 each, in order, without duplicates. `invalid`.
[[nodiscard]] Result<std::vector<std::uint16_t>> parse_ports(std::string_view text);

/// One target: "host", "host:port", "host:443,8443", "192.0.2.7", "[2001:db8::1]:443", "2001:db8::1", "192.0.2.0/24", "192.0.2.0/24:8443",
/// "2001:db8::/120",
/// "[2001:db8::/120]:443". Without a port, each of `ports`. The STARTTLS protocol is `starttls` or, without it, the usual one of the port.
/// `invalid`, or `too_large` for a range.
[[nodiscard]] Result<std::vector<Target>> parse_target(std::string_view text, std::span<const std::uint16_t> ports,
                                                       std::optional<StartTls> starttls = {});

/// A file with one target per line; empty lines and text after '#' are skipped. Fails on the first invalid line, with its number.
[[nodiscard]] Result<std::vector<std::string>> parse_target_lines(std::string_view text);

}  // namespace carillon::certs
