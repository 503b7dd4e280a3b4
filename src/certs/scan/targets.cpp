// See targets.hpp.

#include "certs/scan/targets.hpp"

#include "base/text.hpp"
#include "dns/names.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace carillon::certs {
namespace {

std::unexpected<Error> no_target(std::string_view text, std::string_view why) {
  return fail(ErrorKind::invalid, "“" + clean_for_xml(cut_to(text, 100)) + "” isn't a target: " + std::string(why) +
                                      ". Targets look like www.example.org, mail.example.org:993, 192.0.2.0/24 or [2001:db8::1]:443.");
}

/// Every address of BASE/LENGTH; the bits behind the length do not matter.
Result<std::vector<std::string>> addresses_in(std::string_view text) {
  const auto slash = text.find('/');
  const std::string base{text.substr(0, slash)};
  const auto length = parse_number(text.substr(slash + 1));
  std::array<unsigned char, 16> bytes{};
  const bool is_v4 = ::inet_pton(AF_INET, base.c_str(), bytes.data()) == 1;
  const bool is_v6 = !is_v4 && ::inet_pton(AF_INET6, base.c_str(), bytes.data()) == 1;
  const std::size_t bits = is_v4 ? 32 : 128;
  if (!(is_v4 || is_v6) || !length || *length > bits) return no_target(text, "write a range as ADDRESS/BITS");
  const auto free_bits = bits - *length;
  if (free_bits > 16)
    return fail(ErrorKind::too_large, "The range " + std::string(text) + " contains more than " + std::to_string(kMaxAddressesInRange) +
                                          " addresses. Scan smaller ranges.");
  std::vector<std::string> addresses;
  const auto last = bits / 8;
  unsigned int low = static_cast<unsigned int>(bytes[last - 2]) << 8 | bytes[last - 1];
  low &= ~((1U << free_bits) - 1);
  for (unsigned int i = 0; i < 1U << free_bits; ++i) {
    bytes[last - 2] = static_cast<unsigned char>((low + i) >> 8);
    bytes[last - 1] = static_cast<unsigned char>(low + i);
    std::array<char, INET6_ADDRSTRLEN> address{};
    ::inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes.data(), address.data(), address.size());
    addresses.emplace_back(address.data());
  }
  return addresses;
}

struct Split {
  std::string_view where;
  std::optional<std::string_view> ports;
};

/// Takes the ports off its end.
std::optional<Split> split_ports(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return {};
    const auto rest = text.substr(close + 1);
    if (rest.empty()) return Split{text.substr(1, close - 1), {}};
    if (!rest.starts_with(':')) return {};
    return Split{text.substr(1, close - 1), rest.substr(1)};
  }
  const auto colon = text.find(':');
  // More than one colon: an IPv6 address, and then all of it.
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) return Split{text, {}};
  return Split{text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

Result<std::vector<std::uint16_t>> parse_ports(std::string_view text) {
  std::vector<std::uint16_t> ports;
  for (const auto part : split(text, ',')) {
    const auto number = parse_number(trimmed(part));
    if (!number || *number == 0 || *number > 65'535)
      return fail(ErrorKind::invalid, "“" + clean_for_xml(cut_to(part, 20)) + "” isn't a port; use numbers from 1 to 65535, e.g. 443,8443.",
                  "ports");
    const auto port = static_cast<std::uint16_t>(*number);
    if (std::ranges::find(ports, port) == ports.end()) ports.push_back(port);
    if (ports.size() > kMaxPorts)
      return fail(ErrorKind::too_large, "A scan can cover at most " + std::to_string(kMaxPorts) + " ports.", "ports");
  }
  return ports;
}

Result<std::vector<Target>> parse_target(std::string_view text, std::span<const std::uint16_t> ports, std::optional<StartTls> starttls) {
  text = trimmed(text);
  constexpr std::string_view kHttps = "https://";
  if (lower_ascii(text.substr(0, kHttps.size())) == kHttps) {
    // Pasted from a browser.
    text.remove_prefix(kHttps.size());
    text = text.substr(0, text.find_first_of("/?#"));
  }
  const auto parts = split_ports(text);
  if (!parts) return no_target(text, "its brackets don't match");
  std::vector<std::uint16_t> own_ports;
  if (parts->ports) {
    auto parsed = parse_ports(*parts->ports);
    if (!parsed) return forward_error(parsed);
    own_ports = std::move(*parsed);
    ports = own_ports;
  }
  std::vector<std::string> hosts;
  if (parts->where.find('/') != std::string_view::npos) {
    auto addresses = addresses_in(parts->where);
    if (!addresses) return forward_error(addresses);
    hosts = std::move(*addresses);
  } else if (auto host = dns::host_name(parts->where)) {
    hosts.push_back(std::move(*host));
  } else {
    return no_target(text, "“" + clean_for_xml(cut_to(parts->where, 100)) + "” is neither a name nor an address");
  }
  if (hosts.size() * ports.size() > kMaxEndpoints)
    return fail(ErrorKind::too_large,
                "“" + std::string(text) + "” contains too many endpoints for one scan. Use a smaller range or fewer ports.");
  std::vector<Target> targets;
  targets.reserve(hosts.size() * ports.size());
  for (const auto& host : hosts) {
    for (const auto port : ports) targets.push_back({host, port, starttls.value_or(starttls_at(port))});
  }
  return targets;
}

Result<std::vector<std::string>> parse_target_lines(std::string_view text) {
  std::vector<std::string> lines;
  std::size_t number = 0;
  for (auto line : split(text, '\n')) {
    ++number;
    line = trimmed(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    if (line.size() > kLongestTargetLine || !is_utf8(line))
      return fail(ErrorKind::invalid, "Line " + std::to_string(number) + " isn't a target; write one target per line.");
    if (lines.size() == kMaxEndpoints) return fail(ErrorKind::too_large, "The file contains too many targets for one scan.");
    lines.emplace_back(line);
  }
  return lines;
}

}  // namespace carillon::certs
