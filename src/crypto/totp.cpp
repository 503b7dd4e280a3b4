// See totp.hpp.

#include "crypto/totp.hpp"

#include "base/bytes.hpp"
#include "base/encoding.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace carillon::crypto {
namespace {

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::size_t kSecretBytes = 20;
constexpr std::int64_t kStepSeconds = 30;
constexpr std::int64_t kTolerance = 1;

std::string base32_of(std::span<const std::byte> bytes) {
  std::string text;
  unsigned buffer = 0;
  int bits = 0;
  for (const auto byte : bytes) {
    buffer = buffer << 8U | std::to_integer<unsigned>(byte);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += kBase32[buffer >> static_cast<unsigned>(bits) & 31U];
    }
  }
  if (bits > 0) text += kBase32[buffer << static_cast<unsigned>(5 - bits) & 31U];
  return text;
}

std::string from_base32(std::string_view text) {
  std::string bytes;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : text) {
    const auto value = kBase32.find(c);
    if (value == std::string_view::npos) continue;
    buffer = buffer << 5U | static_cast<unsigned>(value);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(buffer >> static_cast<unsigned>(bits) & 0xFFU);
    }
  }
  return bytes;
}

}  // namespace

std::string new_totp_secret(Random& random) {
  std::array<std::byte, kSecretBytes> bytes{};
  random.fill(bytes);
  return base32_of(bytes);
}

std::string totp_address(std::string_view secret, std::string_view issuer, std::string_view account) {
  return "otpauth://totp/" + percent_encoded(issuer) + ":" + percent_encoded(account) + "?secret=" + std::string(secret) +
         "&issuer=" + percent_encoded(issuer);
}

std::string totp_code(std::string_view secret, std::int64_t step) {
  const auto key = from_base32(secret);
  std::array<unsigned char, 8> counter{};
  for (std::size_t i = 0; i < counter.size(); ++i)
    counter[i] = static_cast<unsigned char>(static_cast<std::uint64_t>(step) >> (56 - 8 * i));
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), counter.data(), counter.size(), digest.data(), &length);
  const std::size_t offset = digest[length - 1] & 0x0FU;  // RFC 4226 §5.3
  const std::uint32_t number = (static_cast<std::uint32_t>(digest[offset]) & 0x7FU) << 24U |
                               static_cast<std::uint32_t>(digest[offset + 1]) << 16U |
                               static_cast<std::uint32_t>(digest[offset + 2]) << 8U | digest[offset + 3];
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%06u", number % 1'000'000U);
  return text.data();
}

std::optional<std::int64_t> accepted_totp_step(std::string_view secret, std::string_view code, Time now, std::int64_t last) {
  const auto present = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() / kStepSeconds;
  // Accepted by a clock that was ahead and came back: it must not stand in the way until time is there again.
  if (last > present + kTolerance) last = 0;
  for (auto step = present - kTolerance; step <= present + kTolerance; ++step) {
    if (step <= last) continue;
    const auto right = totp_code(secret, step);
    if (code.size() == right.size() && CRYPTO_memcmp(code.data(), right.data(), right.size()) == 0) return step;
  }
  return {};
}

}  // namespace carillon::crypto
