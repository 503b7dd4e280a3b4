// See forwarded.hpp.

#include "http/forwarded.hpp"

#include "base/text.hpp"

#include <optional>

namespace carillon::http {
namespace {

/// One hop as a proxy tells it: an address, or somebody it does not name.
struct Hop {
  std::optional<IpAddress> address;
  std::uint16_t port = 0;
};

std::string_view without_blanks(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

/// "192.0.2.7", "192.0.2.7:4711", "2001:db8::7", "[2001:db8::7]", "[2001:db8::7]:4711".
std::optional<Hop> hop_of(std::string_view text, bool bare_v6) {
  std::string_view address = text, port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return {};
    address = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!address.contains(':') || (!port.empty() && !port.starts_with(':'))) return {};
  } else if (const auto colon = text.find(':');
             colon != std::string_view::npos && (!bare_v6 || text.find(':', colon + 1) == std::string_view::npos)) {
    address = text.substr(0, colon);
    port = text.substr(colon);
  }
  const auto parsed = IpAddress::parse(address);
  if (!parsed) return {};
  Hop hop{.address = *parsed};
  if (!port.empty()) {
    const auto number = port.size() <= 6 ? parse_number(port.substr(1)) : std::nullopt;
    if (!number || *number > 65535) return {};
    hop.port = static_cast<std::uint16_t>(*number);
  }
  return hop;
}

/// RFC 7239 §6: "unknown" or an obfuscated identifier.
bool is_unnamed(std::string_view node) { return equal_ignoring_case(node, "unknown") || (node.size() > 1 && node.starts_with('_')); }

/// The content of a quoted string; none when it is not quite one. Nodes need no escapes.
std::optional<std::string_view> unquoted(std::string_view value) {
  if (!value.starts_with('"')) return value.contains('"') ? std::nullopt : std::optional{value};
  if (value.size() < 2 || !value.ends_with('"')) return {};
  value = value.substr(1, value.size() - 2);
  if (value.find_first_of("\"\\") != std::string_view::npos) return {};
  return value;
}

/// The `for` of one element of Forwarded; none when there is not exactly one, or the element is broken.
std::optional<Hop> forwarded_hop(std::string_view element) {
  std::optional<Hop> hop;
  for (const auto pair : split(element, ';')) {
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) return {};
    const auto name = without_blanks(pair.substr(0, equals));
    if (!equal_ignoring_case(name, "for")) continue;
    const auto node = unquoted(without_blanks(pair.substr(equals + 1)));
    if (hop || !node) return {};
    hop = is_unnamed(*node) ? Hop{} : hop_of(*node, false);
    if (!hop) return {};
  }
  return hop;
}

/// Takes the last element off a list. A comma inside quotes splits it, too: no address holds one, and so what is left is broken and
/// refused.
std::string_view take_last(std::string_view& list) {
  const auto comma = list.rfind(',');
  const auto last = comma == std::string_view::npos ? list : list.substr(comma + 1);
  list = comma == std::string_view::npos ? std::string_view{} : list.substr(0, comma);
  return without_blanks(last);
}

}  // namespace

Result<net::Peer> client_of(const Fields& fields, const net::Peer& peer, const TrustedProxies& proxies) {
  if (peer.local_socket || proxies.networks.empty()) return peer;
  const auto from = IpAddress::parse(peer.address, IpAddress::Zone::dropped);
  if (!from || !is_in(proxies.networks, *from)) return peer;
  const bool forwarded = proxies.field == TrustedProxies::Field::forwarded;
  const std::string_view name = forwarded ? "Forwarded" : "X-Forwarded-For";
  const auto said = fields.joined(name);
  if (!said) return peer;
  auto client = peer;
  std::string_view left = *said;
  for (std::size_t hops = 0; !left.empty(); ++hops) {
    const auto element = take_last(left);
    const auto hop = hops >= kMaxProxyHops ? std::nullopt
                     : forwarded           ? forwarded_hop(element)
                     : is_unnamed(element) ? std::optional{Hop{}}
                                           : hop_of(element, true);
    if (!hop) return fail(ErrorKind::invalid, "The " + std::string(name) + " header sent by your proxy can't be read.");
    if (!hop->address) return client;
    client = {.address = hop->address->text(), .port = hop->port, .local_socket = false};
    if (!is_in(proxies.networks, *hop->address)) return client;
  }
  return client;
}

}  // namespace carillon::http
