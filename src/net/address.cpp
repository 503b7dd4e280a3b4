// See address.hpp.

#include "net/address.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace carillon::net {
namespace {

constexpr std::array<unsigned char, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96;
constexpr unsigned kAllBits = 128;
constexpr std::size_t kSubscriberBytes = 8;

}  // namespace

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated{text};
  std::array<unsigned char, 16> bytes{};
  if (terminated.size() == text.size() && !terminated.contains('\0')) {
    if (::inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) return of_v4(std::span{bytes}.first<4>());
    if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return of_v6(bytes);
  }
  return fail(ErrorKind::invalid, "“" + terminated + "” isn't an IP address.");
}

IpAddress IpAddress::of_v4(std::span<const unsigned char, 4> bytes) noexcept {
  IpAddress address;
  std::ranges::copy(kMappedPrefix, address.bytes.begin());
  std::ranges::copy(bytes, address.bytes.begin() + kMappedPrefix.size());
  return address;
}

IpAddress IpAddress::of_v6(std::span<const unsigned char, 16> bytes) noexcept {
  IpAddress address;
  std::ranges::copy(bytes, address.bytes.begin());
  return address;
}

bool IpAddress::is_v4() const noexcept { return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin()); }

std::string IpAddress::text() const {
  char text[INET6_ADDRSTRLEN]{};
  if (is_v4())
    ::inet_ntop(AF_INET, bytes.data() + kMappedPrefix.size(), text, sizeof text);
  else
    ::inet_ntop(AF_INET6, bytes.data(), text, sizeof text);
  return text;
}

Result<Network> Network::parse(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return fail(ErrorKind::invalid,
                "“" + std::string(text) + "” isn't a network such as 10.0.0.0/8 or 2001:db8::/32" + std::string(why) + ".");
  };
  const auto slash = text.find('/');
  auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return wrong("");
  Network network{.base = *address, .bits = kAllBits};
  if (slash != std::string_view::npos) {
    const auto bits = parse_number(text.substr(slash + 1));
    const bool v4 = !text.substr(0, slash).contains(':');
    if (!bits || *bits > (v4 ? kAllBits - kMappedBits : kAllBits)) return wrong("");
    network.bits = static_cast<unsigned>(*bits) + (v4 ? kMappedBits : 0);
  }
  for (unsigned bit = network.bits; bit < kAllBits; ++bit) {
    if ((network.base.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return wrong(": bits behind the prefix are set");
  }
  return network;
}

bool Network::contains(const IpAddress& address) const noexcept {
  const unsigned whole = bits / 8, rest = bits % 8;
  if (!std::equal(base.bytes.begin(), base.bytes.begin() + whole, address.bytes.begin())) return false;
  if (rest == 0) return true;
  const auto mask = static_cast<unsigned char>(0xff << (8 - rest));
  return (base.bytes[whole] & mask) == (address.bytes[whole] & mask);
}

bool is_in(std::span<const Network> networks, const IpAddress& address) noexcept {
  return std::ranges::any_of(networks, [&](const Network& network) { return network.contains(address); });
}

IpAddress subscriber_of(const IpAddress& address) noexcept {
  if (address.is_v4()) return address;
  auto prefix = address;
  std::fill(prefix.bytes.begin() + kSubscriberBytes, prefix.bytes.end(), static_cast<unsigned char>(0));
  return prefix;
}

std::string region_of(const IpAddress& address) {
  auto region = address;
  const bool v4 = address.is_v4();
  std::fill(region.bytes.begin() + (v4 ? 15 : 6), region.bytes.end(), static_cast<unsigned char>(0));
  return region.text() + (v4 ? "/24" : "/48");
}

std::string region_of(std::string_view address) {
  const auto parsed = IpAddress::parse(address.substr(0, address.find('%')));
  return parsed ? region_of(*parsed) : std::string{};
}

}  // namespace carillon::net
