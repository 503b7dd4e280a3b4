// See proxy_head.hpp. The format: https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt.

#include "net/proxy_head.hpp"

#include "base/text.hpp"

#include <array>

namespace carillon::net {
namespace {

using State = ProxyHead::State;

constexpr std::string_view kLine = "PROXY ";
constexpr std::string_view kSignature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t kFixed = 16;  ///< signature, command, family, length
constexpr std::size_t kV4Block = 12, kV6Block = 36, kUnixBlock = 216;
constexpr unsigned char kTlvCrc = 0x03;
constexpr std::size_t kTlvHead = 3;
constexpr std::size_t kCrcBytes = 4;

unsigned char byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }
std::uint16_t number_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

/// CRC-32C (RFC 3720 appendix B.4) of `bytes`, with those from `hole` on taken for zeros.
std::uint32_t crc32c(std::string_view bytes, std::size_t hole) {
  constexpr std::uint32_t kPolynomial = 0x82F63B78;
  std::uint32_t crc = 0xFFFFFFFF;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (at < hole || at >= hole + kCrcBytes) crc ^= byte_at(bytes, at);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1) != 0 ? crc >> 1 ^ kPolynomial : crc >> 1;
  }
  return ~crc;
}

/// Do the TLVs from `at` on fill the rest exactly, and is a checksum among them right?
bool tlvs_are_whole(std::string_view head, std::size_t at) {
  while (at < head.size()) {
    if (head.size() - at < kTlvHead) return false;
    const auto type = byte_at(head, at);
    const std::size_t length = number_at(head, at + 1);
    at += kTlvHead;
    if (head.size() - at < length) return false;
    if (type == kTlvCrc) {
      if (length != kCrcBytes) return false;
      const auto said = static_cast<std::uint32_t>(number_at(head, at)) << 16 | number_at(head, at + 2);
      if (said != crc32c(head, at)) return false;
    }
    at += length;
  }
  return true;
}

template <std::size_t N>
std::array<unsigned char, N> bytes_at(std::string_view head, std::size_t at) {
  std::array<unsigned char, N> bytes;
  for (std::size_t i = 0; i < N; ++i) bytes[i] = byte_at(head, at + i);
  return bytes;
}

ProxyHead parse_binary(std::string_view bytes) {
  if (bytes.size() < kFixed) return {.state = State::incomplete};
  const auto command = byte_at(bytes, 12), family = byte_at(bytes, 13);
  const std::size_t length = number_at(bytes, 14);
  if (command != 0x20 && command != 0x21) return {.state = State::malformed};
  if (kFixed + length > kMaxProxyHead) return {.state = State::malformed};
  if (bytes.size() < kFixed + length) return {.state = State::incomplete};
  ProxyHead head{.state = State::complete, .length = kFixed + length};
  const auto whole = bytes.substr(0, head.length);
  // A proxy's own connection, as for its health checks: whatever it says of addresses is to be passed over.
  if (command == 0x20) return head;
  std::size_t block = 0;
  switch (family) {
    case 0x00:  // unspecified: the receiver keeps the real peer
      return head;
    case 0x11:
      block = kV4Block;
      break;
    case 0x21:
      block = kV6Block;
      break;
    case 0x31:
      block = kUnixBlock;
      break;
    default:
      return {.state = State::malformed};
  }
  if (length < block || !tlvs_are_whole(whole, kFixed + block)) return {.state = State::malformed};
  if (family == 0x11) head.client = {.address = IpAddress::of_v4(bytes_at<4>(whole, kFixed)), .port = number_at(whole, kFixed + 8)};
  if (family == 0x21) head.client = {.address = IpAddress::of_v6(bytes_at<16>(whole, kFixed)), .port = number_at(whole, kFixed + 32)};
  return head;
}

std::optional<std::uint16_t> port_in(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0')) return {};
  const auto number = parse_number(text);
  if (!number || *number > 65535) return {};
  return static_cast<std::uint16_t>(*number);
}

ProxyHead parse_line(std::string_view bytes) {
  const auto end = bytes.substr(0, kMaxProxyLine).find('\n');
  if (end == std::string_view::npos) return {.state = bytes.size() < kMaxProxyLine ? State::incomplete : State::malformed};
  if (bytes[end - 1] != '\r') return {.state = State::malformed};
  const auto line = bytes.substr(0, end - 1);
  ProxyHead head{.state = State::complete, .length = end + 1};
  const auto words = split(line, ' ');
  if (words.size() >= 2 && words[1] == "UNKNOWN") return head;
  if (words.size() != 6 || (words[1] != "TCP4" && words[1] != "TCP6")) return {.state = State::malformed};
  const bool v4 = words[1] == "TCP4";
  const auto client = IpAddress::parse(words[2]), server = IpAddress::parse(words[3]);
  const auto port = port_in(words[4]), server_port = port_in(words[5]);
  // A colon tells the families apart: an IPv4-mapped address is one of IPv6 in writing.
  const auto fits = [v4](std::string_view text) { return text.contains(':') != v4; };
  if (!client || !server || !port || !server_port || !fits(words[2]) || !fits(words[3])) return {.state = State::malformed};
  head.client = {.address = *client, .port = *port};
  return head;
}

}  // namespace

ProxyHead parse_proxy_head(std::string_view bytes) {
  for (const auto& [beginning, parse] : {std::pair{kLine, &parse_line}, std::pair{kSignature, &parse_binary}}) {
    if (bytes.starts_with(beginning)) return parse(bytes);
    if (beginning.starts_with(bytes)) return {.state = State::incomplete};
  }
  return {.state = State::absent};
}

}  // namespace carillon::net
