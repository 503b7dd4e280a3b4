// See encoding.hpp.

#include "base/encoding.hpp"

#include <array>

namespace carillon {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string encoded(std::span<const std::byte> bytes, std::string_view alphabet, bool padded) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < have ? static_cast<std::uint32_t>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      if (k <= have)
        text += alphabet[group >> (18 - 6 * k) & 63U];
      else if (padded)
        text += '=';
    }
  }
  return text;
}

Result<Bytes> decoded(std::string_view text, std::string_view alphabet) {
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const auto value = alphabet.find(c);
    if (value == std::string_view::npos) return fail(ErrorKind::invalid, "this isn't valid base64");
    group = group << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<std::byte>(group >> bits & 255U));
    }
  }
  // A lone last character, or bits set that belong to no byte: two spellings of one value would be two.
  if (text.size() % 4 == 1 || (group & ((1U << bits) - 1)) != 0) return fail(ErrorKind::invalid, "this isn't valid base64");
  return bytes;
}

}  // namespace

std::string to_hex(std::span<const std::byte> bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    text += kHex[static_cast<unsigned>(byte) >> 4];
    text += kHex[static_cast<unsigned>(byte) & 15U];
  }
  return text;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(ErrorKind::invalid, "the number of hexadecimal digits is odd");
  Bytes bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return fail(ErrorKind::invalid, "the text contains characters that aren't hexadecimal digits");
    bytes.push_back(static_cast<std::byte>(high << 4 | low));
  }
  return bytes;
}

std::string to_base64(std::span<const std::byte> bytes) { return encoded(bytes, kBase64, true); }

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail(ErrorKind::invalid, "this isn't valid base64");
  for (int k = 0; k < 2 && text.ends_with('='); ++k) text.remove_suffix(1);
  return decoded(text, kBase64);
}

std::string to_base64url(std::span<const std::byte> bytes) { return encoded(bytes, kBase64Url, false); }

Result<Bytes> from_base64url(std::string_view text) { return decoded(text, kBase64Url); }

std::string percent_encoded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool unreserved =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-._~").contains(c);
    if (unreserved) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += {'%', "0123456789ABCDEF"[byte >> 4], "0123456789ABCDEF"[byte & 15U]};
  }
  return result;
}

Result<std::string> percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    const int high = i + 2 <= text.size() - 1 ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 <= text.size() - 1 ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return fail(ErrorKind::invalid, "a percent sign isn't followed by two hexadecimal digits");
    result += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return result;
}

}  // namespace carillon
