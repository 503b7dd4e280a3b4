// What kind of address it is. See address.hpp.

#include "base/ip/address.hpp"

namespace carillon {
namespace {

struct Block {
  std::array<unsigned char, 16> bytes;
  unsigned bits;
};

bool is_in(const Block& block, const IpAddress& address) noexcept {
  const auto bytes = address.bytes();
  for (unsigned bit = 0; bit < block.bits; ++bit) {
    if (((bytes[bit / 8] ^ block.bytes[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

template <std::size_t Count>
bool is_in_any(const std::array<Block, Count>& blocks, const IpAddress& address) noexcept {
  for (const auto& block : blocks) {
    if (is_in(block, address)) return true;
  }
  return false;
}

constexpr Block kLoopbackV4{{127}, 8}, kLinkLocalV4{{169, 254}, 16};
constexpr Block kLoopbackV6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128}, kLinkLocalV6{{0xfe, 0x80}, 10};
constexpr Block kUniqueLocalV6{{0xfc}, 7};             // RFC 4193
constexpr std::array<Block, 4> kPrivateV4{{{{10}, 8},  // RFC 1918
                                           {{172, 16}, 12},
                                           {{192, 168}, 16},
                                           {{100, 64}, 10}}};  // shared by carriers (RFC 6598)

// IANA IPv4 Special-Purpose Address Registry, without what it lists as globally reachable and what is above.
constexpr std::array<Block, 8> kSpecialV4{{
    {{0}, 8},              // this network, and with it 0.0.0.0, which the kernel takes for itself
    {{192, 0, 0}, 24},     // IETF protocol assignments
    {{192, 0, 2}, 24},     // documentation
    {{192, 88, 99}, 24},   // 6to4 relays, given up
    {{198, 18}, 15},       // benchmarking
    {{198, 51, 100}, 24},  // documentation
    {{203, 0, 113}, 24},   // documentation
    {{224}, 3},            // multicast, reserved and broadcast
}};

constexpr Block kGlobalUnicastV6{{0x20}, 3};
// IANA IPv6 Special-Purpose Address Registry, as far as it lies inside 2000::/3.
constexpr std::array<Block, 3> kSpecialV6{{
    {{0x20, 0x01, 0x00}, 23},        // IETF protocol assignments: Teredo, ORCHID, benchmarking
    {{0x20, 0x01, 0x0d, 0xb8}, 32},  // documentation
    {{0x3f, 0xff}, 20},              // documentation (RFC 9637)
}};
constexpr Block kNat64{{0x00, 0x64, 0xff, 0x9b}, 96};  // RFC 6052 §2.1
constexpr Block kSixToFour{{0x20, 0x02}, 16};          // RFC 3056 §2

}  // namespace

bool is_loopback(const IpAddress& address) noexcept { return is_in(address.is_v4() ? kLoopbackV4 : kLoopbackV6, address); }

// Clouds answer secrets at 169.254.169.254.
bool is_link_local(const IpAddress& address) noexcept { return is_in(address.is_v4() ? kLinkLocalV4 : kLinkLocalV6, address); }

bool is_local(const IpAddress& address) noexcept {
  return is_loopback(address) || is_link_local(address) ||
         (address.is_v4() ? is_in_any(kPrivateV4, address) : is_in(kUniqueLocalV6, address));
}

bool is_public(const IpAddress& address) noexcept {
  if (is_local(address)) return false;
  if (address.is_v4()) return !is_in_any(kSpecialV4, address);
  if (is_in(kNat64, address)) return is_public(IpAddress::of_v4(address.bytes().subspan<12, 4>()));
  if (is_in(kSixToFour, address)) return is_public(IpAddress::of_v4(address.bytes().subspan<2, 4>()));
  return is_in(kGlobalUnicastV6, address) && !is_in_any(kSpecialV6, address);
}

}  // namespace carillon
