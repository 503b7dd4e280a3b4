// See reach.hpp.

#include "http/client/reach.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace carillon::http {
namespace {

constexpr std::size_t kV4Bytes = 4;
constexpr std::array<unsigned char, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};  // RFC 4291 §2.5.5.2

struct Prefix {
  std::array<unsigned char, 16> bytes;
  unsigned bits;
};

bool begins_with(const std::array<unsigned char, 16>& bytes, const std::array<unsigned char, 16>& prefix, unsigned bits) noexcept {
  const unsigned whole = bits / 8;
  if (!std::equal(bytes.begin(), bytes.begin() + whole, prefix.begin())) return false;
  const unsigned rest = bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<unsigned char>(0xff << (8 - rest));
  return (bytes[whole] & mask) == (prefix[whole] & mask);
}

// IANA IPv4 Special-Purpose Address Registry, without what it lists as globally reachable.
constexpr std::array<Prefix, 14> kNotPublicV4{{
    {{0}, 8},              // this network, and with it 0.0.0.0, which the kernel takes for itself
    {{10}, 8},             // private
    {{100, 64}, 10},       // shared by carriers (RFC 6598)
    {{127}, 8},            // loopback
    {{169, 254}, 16},      // link-local; clouds answer secrets at 169.254.169.254
    {{172, 16}, 12},       // private
    {{192, 0, 0}, 24},     // IETF protocol assignments
    {{192, 0, 2}, 24},     // documentation
    {{192, 88, 99}, 24},   // 6to4 relays, given up
    {{192, 168}, 16},      // private
    {{198, 18}, 15},       // benchmarking
    {{198, 51, 100}, 24},  // documentation
    {{203, 0, 113}, 24},   // documentation
    {{224}, 3},            // multicast, reserved and broadcast
}};

constexpr Prefix kGlobalUnicastV6{{0x20}, 3};
// IANA IPv6 Special-Purpose Address Registry, as far as it lies inside 2000::/3.
constexpr std::array<Prefix, 3> kNotPublicV6{{
    {{0x20, 0x01, 0x00}, 23},        // IETF protocol assignments: Teredo, ORCHID, benchmarking
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x3f, 0xff}, 20},              // documentation (RFC 9637)
}};
constexpr Prefix kNat64{{0x00, 0x64, 0xff, 0x9b}, 96};  // RFC 6052 §2.1
constexpr Prefix kSixToFour{{0x20, 0x02}, 16};          // RFC 3056 §2

IpAddress v4_at(const IpAddress& address, std::size_t offset) noexcept {
  IpAddress inner;
  std::copy_n(address.bytes.begin() + static_cast<std::ptrdiff_t>(offset), kV4Bytes, inner.bytes.begin());
  return inner;
}

IpAddress from_v6_bytes(const void* bytes) noexcept {
  IpAddress address{.v6 = true};
  std::memcpy(address.bytes.data(), bytes, address.bytes.size());
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.bytes.begin())) return v4_at(address, kMappedPrefix.size());
  return address;
}

}  // namespace

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated{text};
  IpAddress address;
  if (::inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) return address;
  std::array<unsigned char, 16> bytes{};
  if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return from_v6_bytes(bytes.data());
  return fail(ErrorKind::invalid, "“" + terminated + "” is no IP address.");
}

Result<IpAddress> IpAddress::of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    IpAddress result;
    std::memcpy(result.bytes.data(), &v4.sin_addr, kV4Bytes);
    return result;
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    return from_v6_bytes(&v6.sin6_addr);
  }
  return fail(ErrorKind::invalid, "A socket address is neither IPv4 nor IPv6.");
}

std::string IpAddress::text() const {
  char text[INET6_ADDRSTRLEN]{};
  ::inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), text, sizeof text);
  return text;
}

Result<Network> Network::parse(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return fail(ErrorKind::invalid, "“" + std::string(text) + "” is no network" + std::string(why) + ".");
  };
  const auto slash = text.find('/');
  auto base = IpAddress::parse(text.substr(0, slash));
  if (!base) return wrong(", as in 10.0.0.0/8 or fd00::/8");
  const unsigned longest = base->v6 ? 128 : 32;
  Network network{.base = *base, .bits = longest};
  if (slash != std::string_view::npos) {
    // "::ffff:10.0.0.0/104" was read as an IPv4 address: its prefix would be counted from elsewhere.
    if (!base->v6 && text.contains(':')) return wrong(": write IPv4 networks as 10.0.0.0/8");
    const auto bits = parse_number(text.substr(slash + 1));
    if (!bits || *bits > longest) return wrong(": its prefix has 0 to " + std::to_string(longest) + " bits");
    network.bits = static_cast<unsigned>(*bits);
  }
  for (unsigned bit = network.bits; bit < longest; ++bit) {
    if ((base->bytes[bit / 8] & (0x80 >> (bit % 8))) != 0) return wrong(": bits behind its prefix are set");
  }
  return network;
}

bool Network::contains(const IpAddress& address) const noexcept {
  return address.v6 == base.v6 && begins_with(address.bytes, base.bytes, bits);
}

bool is_public(const IpAddress& address) noexcept {
  const auto inside = [&](const Prefix& prefix) { return begins_with(address.bytes, prefix.bytes, prefix.bits); };
  if (!address.v6) return std::ranges::none_of(kNotPublicV4, inside);
  if (inside(kNat64)) return is_public(v4_at(address, 12));
  if (inside(kSixToFour)) return is_public(v4_at(address, 2));
  return inside(kGlobalUnicastV6) && std::ranges::none_of(kNotPublicV6, inside);
}

bool may_reach(const IpAddress& address, std::span<const Network> allowed) noexcept {
  return is_public(address) || std::ranges::any_of(allowed, [&](const Network& network) { return network.contains(address); });
}

}  // namespace carillon::http
