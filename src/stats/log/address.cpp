// See address.hpp.

#include "stats/log/address.hpp"

#include "crypto/hmac.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace carillon::stats {
namespace {

constexpr std::size_t kV4Length = 4;
constexpr std::size_t kV6Household = 8;  // /64
constexpr std::size_t kV4Kept = 3;       // /24
constexpr std::size_t kV6Kept = 6;       // /48

bool is_mapped(const std::array<std::byte, 16>& bytes) {
  return std::all_of(bytes.begin(), bytes.begin() + 10, [](std::byte b) { return b == std::byte{0}; }) && bytes[10] == std::byte{0xFF} &&
         bytes[11] == std::byte{0xFF};
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
  // inet_pton needs a terminated string and knows no zones.
  const std::string bare{text.substr(0, text.find('%'))};
  const auto none = fail(ErrorKind::invalid, "what should be a listener's address is neither IPv4 nor IPv6");
  if (bare.find('\0') != std::string::npos) return none;
  Address address;
  if (::inet_pton(AF_INET, bare.c_str(), address.bytes.data()) == 1 && bare.size() == text.size()) return address;
  address.bytes.fill(std::byte{0});
  if (::inet_pton(AF_INET6, bare.c_str(), address.bytes.data()) != 1) return none;
  if (is_mapped(address.bytes)) {
    std::copy(address.bytes.begin() + 12, address.bytes.end(), address.bytes.begin());
    std::fill(address.bytes.begin() + kV4Length, address.bytes.end(), std::byte{0});
    return address;
  }
  address.family = Family::v6;
  return address;
}

bool is_local(const Address& address) noexcept {
  const auto at = [&](std::size_t place) { return std::to_integer<unsigned>(address.bytes[place]); };
  if (address.family == Address::Family::v4)
    return at(0) == 10 || at(0) == 127 || (at(0) == 172 && (at(1) & 0xF0U) == 16) || (at(0) == 192 && at(1) == 168) ||
           (at(0) == 169 && at(1) == 254) || (at(0) == 100 && (at(1) & 0xC0U) == 64);
  const bool loopback = std::all_of(address.bytes.begin(), address.bytes.end() - 1, [](std::byte b) { return b == std::byte{0}; }) &&
                        address.bytes.back() == std::byte{1};
  return loopback || (at(0) & 0xFEU) == 0xFC || (at(0) == 0xFE && (at(1) & 0xC0U) == 0x80);
}

Listener listener_of(const Address& address, const ListenerKey& key) {
  const auto length = address.family == Address::Family::v4 ? kV4Length : kV6Household;
  const auto digest = crypto::hmac_sha256(key, std::span{address.bytes}.first(length));
  Listener listener{};
  std::copy_n(digest.bytes.begin(), listener.size(), listener.begin());
  return listener;
}

std::string prefix_of(const Address& address) {
  const bool v4 = address.family == Address::Family::v4;
  auto bytes = address.bytes;
  std::fill(bytes.begin() + (v4 ? kV4Kept : kV6Kept), bytes.end(), std::byte{0});
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(v4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  return std::string{text.data()} + (v4 ? "/24" : "/48");
}

}  // namespace carillon::stats
