// See link.hpp.

#include "incidents/link.hpp"

#include "base/encoding.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "crypto/hmac.hpp"

namespace carillon::incidents {
namespace {

constexpr std::size_t kIdLength = 26;
constexpr std::size_t kSignatureBytes = 16;
constexpr std::size_t kSignatureLength = 22;  // of 16 bytes as base64url
constexpr std::size_t kMaxDigits = 6;

std::string signature_of(std::string_view signed_part, std::string_view key) {
  // The word keeps this use of the key apart from any other.
  const auto digest = crypto::hmac_sha256(as_bytes(key), as_bytes("acknowledge:" + std::string(signed_part)));
  return to_base64url(std::span{digest.bytes}.first(kSignatureBytes));
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return difference == 0;
}

}  // namespace

std::string token_of(const Link& link, std::string_view key) {
  const auto signed_part = link.message + "-" + std::to_string(link.line);
  return signed_part + "-" + signature_of(signed_part, key);
}

Result<Link> verified_link(std::string_view token, std::string_view key) {
  const auto refused = [] {
    return fail(ErrorKind::refused, "This link is incomplete or was changed. Open it exactly as it is in the message.");
  };
  if (token.size() < kIdLength + kSignatureLength + 3 || token.size() > kIdLength + kSignatureLength + 2 + kMaxDigits) return refused();
  const auto signed_part = token.substr(0, token.size() - kSignatureLength - 1);
  if (token[signed_part.size()] != '-' || signed_part[kIdLength] != '-') return refused();
  const auto line = parse_number(signed_part.substr(kIdLength + 1));
  const auto id = signed_part.substr(0, kIdLength);
  if (!line || !is_id(id) || !equal_in_constant_time(token.substr(signed_part.size() + 1), signature_of(signed_part, key)))
    return refused();
  return Link{std::string(id), static_cast<int>(*line)};
}

}  // namespace carillon::incidents
