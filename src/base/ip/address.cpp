// Reading, writing and cutting. See address.hpp.

#include "base/ip/address.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace carillon {
namespace {

constexpr std::array<unsigned char, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96, kV4Bits = 32, kV6Bits = 128;

unsigned bits_of(const IpAddress& address) noexcept { return address.is_v4() ? kV4Bits : kV6Bits; }

}  // namespace

Result<IpAddress> IpAddress::parse(std::string_view text, Zone zone) {
  auto bare = text;
  // IPv4 knows no zones; one without a name is none.
  if (const auto percent = text.find('%'); zone == Zone::dropped && percent + 1 < text.size() && text.substr(0, percent).contains(':'))
    bare = text.substr(0, percent);
  const std::string terminated{bare};
  std::array<unsigned char, 16> bytes{};
  if (!bare.contains('\0')) {
    if (::inet_pton(AF_INET, terminated.c_str(), bytes.data()) == 1) return of_v4(std::span{bytes}.first<4>());
    if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return of_v6(bytes);
  }
  return fail(ErrorKind::invalid, "“" + std::string(text) + "” isn't an IP address.");
}

Result<IpAddress> IpAddress::of(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    return of_v4(std::span<const unsigned char, 4>{reinterpret_cast<const unsigned char*>(&v4.sin_addr), 4});
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    return of_v6(std::span<const unsigned char, 16>{v6.sin6_addr.s6_addr});
  }
  return fail(ErrorKind::invalid, "The socket address is neither IPv4 nor IPv6.");
}

IpAddress IpAddress::of_v4(std::span<const unsigned char, 4> bytes) noexcept {
  IpAddress address;
  std::ranges::copy(kMappedPrefix, address.bytes_.begin());
  std::ranges::copy(bytes, address.bytes_.begin() + kMappedPrefix.size());
  return address;
}

IpAddress IpAddress::of_v6(std::span<const unsigned char, 16> bytes) noexcept {
  IpAddress address;
  std::ranges::copy(bytes, address.bytes_.begin());
  return address;
}

bool IpAddress::is_v4() const noexcept { return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin()); }

std::span<const unsigned char> IpAddress::bytes() const noexcept {
  return is_v4() ? std::span{bytes_}.subspan(kMappedPrefix.size()) : std::span{bytes_};
}

std::string IpAddress::text() const {
  char text[INET6_ADDRSTRLEN]{};
  ::inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes().data(), text, sizeof text);
  return text;
}

IpAddress IpAddress::cut_to(unsigned bits) const noexcept {
  const auto kept = bits + (is_v4() ? kMappedBits : 0);
  auto cut = *this;
  for (unsigned at = 0; at < cut.bytes_.size(); ++at) {
    const auto inside = std::clamp(static_cast<int>(kept) - static_cast<int>(at * 8), 0, 8);
    cut.bytes_[at] &= static_cast<unsigned char>(0xff00U >> inside);
  }
  return cut;
}

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return fail(ErrorKind::invalid,
                "“" + std::string(text) + "” isn't an address range such as 10.0.0.0/8 or 2001:db8::/32" + std::string(why) + ".");
  };
  const auto slash = text.find('/');
  auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return wrong("");
  IpNetwork network{.base = *address, .bits = bits_of(*address)};
  if (slash != std::string_view::npos) {
    const auto bits = parse_number(text.substr(slash + 1));
    // The bits of an IPv4-mapped address count from the beginning of IPv6's.
    const bool mapped = address->is_v4() && text.contains(':');
    const unsigned before = mapped ? kMappedBits : 0;
    if (!bits || *bits > network.bits + before) return wrong("");
    if (*bits < before) return wrong(": bits after the prefix are set");
    network.bits = static_cast<unsigned>(*bits) - before;
  }
  if (network.base.cut_to(network.bits) != network.base) return wrong(": bits after the prefix are set");
  return network;
}

bool IpNetwork::contains(const IpAddress& address) const noexcept {
  return address.is_v4() == base.is_v4() && address.cut_to(bits) == base;
}

std::string IpNetwork::text() const { return base.text() + "/" + std::to_string(bits); }

bool is_in(std::span<const IpNetwork> networks, const IpAddress& address) noexcept {
  return std::ranges::any_of(networks, [&](const IpNetwork& network) { return network.contains(address); });
}

IpNetwork network_of(const IpAddress& address, PrefixLength length) noexcept {
  const auto bits = address.is_v4() ? length.v4 : length.v6;
  return {.base = address.cut_to(bits), .bits = bits};
}

IpAddress subscriber_of(const IpAddress& address) noexcept { return network_of(address, kSubscriberPrefix).base; }

std::string region_of(const IpAddress& address) { return network_of(address, kRegionPrefix).text(); }

std::string region_of(std::string_view address) {
  const auto parsed = IpAddress::parse(address, IpAddress::Zone::dropped);
  return parsed ? region_of(*parsed) : std::string{};
}

}  // namespace carillon
