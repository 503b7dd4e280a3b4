// PostgreSQL (its manual, “SSL Session Encryption” in “Message Flow”) and MySQL with MariaDB (its internals manual, “Connection Phase”).
// See starttls_impl.hpp.

#include "base/text.hpp"
#include "certs/probe/starttls_impl.hpp"

#include <cstdint>
#include <string>

namespace carillon::certs {
namespace {

using namespace std::string_view_literals;

class Postgres final : public StartTlsProtocol {
 public:
  std::string opening() override { return std::string("\0\0\0\x08\x04\xd2\x16\x2f"sv); }  // SSLRequest

  std::string take(char byte) override {
    switch (byte) {
      case 'S':
        return ready();
      case 'N':
        return refused("it doesn't offer TLS");
      case 'E':
        // The text isn't protected and could be anyone's.
        return refused("it responds to the request for TLS with an error");
      default:
        return foreign("it responds, but not with PostgreSQL's protocol");
    }
  }
};

constexpr std::size_t kPacketHeader = 4;  ///< a length of three bytes and a sequence number
constexpr unsigned char kHandshakeV10 = 10, kErrorPacket = 0xFF;
constexpr std::size_t kThreadAndScramble = 4 + 8 + 1;  ///< between the server's version and its capabilities
constexpr std::uint32_t kClientProtocol41 = 1U << 9, kClientSsl = 1U << 11, kClientSecureConnection = 1U << 15,
                        kClientPluginAuth = 1U << 19;
constexpr std::uint32_t kMaxPacket = 1U << 24;
constexpr char kUtf8mb4 = 45;
constexpr std::size_t kSslRequestLength = 32, kFiller = 23;

void append_little_endian(std::string& bytes, std::uint32_t number) {
  for (int i = 0; i < 4; ++i, number >>= 8) bytes += static_cast<char>(number & 0xFF);
}

std::string ssl_request() {
  std::string packet{static_cast<char>(kSslRequestLength), 0, 0, 1};
  append_little_endian(packet, kClientProtocol41 | kClientSsl | kClientSecureConnection | kClientPluginAuth);
  append_little_endian(packet, kMaxPacket);
  packet += kUtf8mb4;
  packet.append(kFiller, '\0');
  return packet;
}

class Mysql final : public StartTlsProtocol {
 public:
  std::string take(char byte) override {
    bytes_ += byte;
    if (bytes_.size() < kPacketHeader) return {};
    const auto length = at(0) | at(1) << 8 | at(2) << 16;
    // The greeting of other protocols, read as a length, is in the millions.
    if (length == 0 || length > kLongestDialogueLine || at(3) != 0) return other_protocol();
    return bytes_.size() < kPacketHeader + length ? std::string{} : take_packet(std::string_view{bytes_}.substr(kPacketHeader));
  }

 private:
  [[nodiscard]] std::size_t at(std::size_t i) const { return static_cast<unsigned char>(bytes_[i]); }
  std::string other_protocol() { return foreign("it responds, but not with MySQL's protocol"); }

  std::string take_packet(std::string_view packet) {
    const auto kind = static_cast<unsigned char>(packet.front());
    if (kind == kErrorPacket && packet.size() > 3) return refused(responds_with(packet.substr(3)));
    const auto version_end = packet.find('\0');
    if (kind != kHandshakeV10 || version_end == std::string_view::npos) return other_protocol();
    const auto capabilities = packet.substr(version_end + 1);
    if (capabilities.size() < kThreadAndScramble + 2) return other_protocol();
    const auto low = static_cast<unsigned char>(capabilities[kThreadAndScramble]) |
                     static_cast<std::uint32_t>(static_cast<unsigned char>(capabilities[kThreadAndScramble + 1])) << 8;
    if ((low & kClientSsl) == 0) return refused("it doesn't offer TLS");
    return ready(ssl_request());
  }

  std::string bytes_;
};

}  // namespace

std::unique_ptr<StartTlsProtocol> postgres_protocol() { return std::make_unique<Postgres>(); }
std::unique_ptr<StartTlsProtocol> mysql_protocol() { return std::make_unique<Mysql>(); }

}  // namespace carillon::certs
