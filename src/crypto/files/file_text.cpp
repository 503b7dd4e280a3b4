// See file_text.hpp.

#include "crypto/files/file_text.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace carillon::crypto {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kDashes = "-----";
/// "X509 CERTIFICATE", "ENCRYPTED PRIVATE KEY": none is longer.
constexpr std::size_t kLongestLabel = 64;
constexpr std::size_t kLineOfPem = 64;
constexpr std::size_t kMaxBlocks = 1000;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0'; }

std::string from_utf16(std::string_view bytes, bool big_endian) {
  std::string text;
  text.reserve(bytes.size() / 2);
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const auto high = static_cast<unsigned char>(bytes[big_endian ? i : i + 1]);
    const auto low = static_cast<unsigned char>(bytes[big_endian ? i + 1 : i]);
    text += high == 0 && low < 0x80 ? static_cast<char>(low) : '?';
  }
  return text;
}

/// Base64 without its white space; line ends that were written out (“\n”, as in a variable or in JSON) are white space, too.
std::string without_space(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 'n' || text[i + 1] == 'r')) {
      ++i;
    } else if (!is_space(text[i])) {
      result += text[i];
    }
  }
  return result;
}

std::optional<std::string> decoded(std::string_view base64) {
  const auto bytes = from_base64(without_space(base64));
  if (!bytes || bytes->empty()) return {};
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

/// The base64 after a block's header fields (RFC 1421 §4.4), if it has any. An old encrypted key names its cipher in them.
std::string_view behind_fields(std::string_view body, std::string& cipher) {
  constexpr std::string_view kEncryption = "DEK-Info:";
  if (const auto at = body.find(kEncryption); at != std::string_view::npos) {
    body.remove_prefix(at + kEncryption.size());
    while (!body.empty() && is_space(body.front())) body.remove_prefix(1);
    const auto end = std::ranges::find_if(body, [](char c) { return is_space(c) || c == '\\'; }) - body.begin();
    cipher = body.substr(0, static_cast<std::size_t>(end));
    return body.substr(static_cast<std::size_t>(end));
  }
  while (true) {
    const auto colon = body.find(':');
    if (colon == std::string_view::npos) return body;
    const auto end = body.find_first_of("\r\n", colon);
    if (end == std::string_view::npos) return body;
    body.remove_prefix(end);
  }
}

}  // namespace

std::string as_text(std::string_view bytes) {
  if (bytes.starts_with("\xff\xfe")) return from_utf16(bytes.substr(2), false);
  if (bytes.starts_with("\xfe\xff")) return from_utf16(bytes.substr(2), true);
  if (bytes.starts_with("\xef\xbb\xbf")) return std::string(bytes.substr(3));
  // Without a byte order mark, ASCII has a zero in every pair.
  if (bytes.size() >= 4 && bytes[0] != '\0' && bytes[1] == '\0' && bytes[2] != '\0' && bytes[3] == '\0') return from_utf16(bytes, false);
  if (bytes.size() >= 4 && bytes[0] == '\0' && bytes[1] != '\0' && bytes[2] == '\0' && bytes[3] != '\0') return from_utf16(bytes, true);
  return std::string(bytes);
}

Result<std::vector<PemBlock>> pem_blocks(std::string_view text) {
  std::vector<PemBlock> blocks;
  std::size_t line = 1;
  std::size_t counted = 0;
  for (std::size_t at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin, at)) {
    line += static_cast<std::size_t>(
        std::count(text.begin() + static_cast<std::ptrdiff_t>(counted), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    counted = at;
    const auto where = " that begins on line " + std::to_string(line);
    if (blocks.size() == kMaxBlocks)
      return fail(ErrorKind::invalid, "The file contains more than " + std::to_string(kMaxBlocks) +
                                          " PEM blocks; provide only your certificate, its chain and its key.");
    at += kBegin.size();
    const auto label_end = text.find(kDashes, at);
    if (label_end == std::string_view::npos || label_end - at > kLongestLabel) {
      return fail(ErrorKind::invalid, "The PEM block" + where + " is damaged: its first line doesn't end with five hyphens.");
    }
    PemBlock block{.label = std::string(text.substr(at, label_end - at)), .der = {}, .cipher = {}, .line = line};
    const auto body_at = label_end + kDashes.size();
    const auto end = text.find("-----END ", body_at);
    if (end == std::string_view::npos || text.find(kBegin, body_at) < end) {
      return fail(ErrorKind::invalid, "The PEM block “" + block.label + "”" + where +
                                          " has no END line: it was cut off in copying. Copy the whole file again.");
    }
    auto bytes = decoded(behind_fields(text.substr(body_at, end - body_at), block.cipher));
    if (!bytes) {
      return fail(ErrorKind::invalid, "The PEM block “" + block.label + "”" + where +
                                          " isn't valid base64: it was damaged in copying. Copy the whole file again.");
    }
    block.der = std::move(*bytes);
    blocks.push_back(std::move(block));
    at = end;
  }
  return blocks;
}

std::string proper_pem(const PemBlock& block) {
  std::string pem{kBegin};
  pem += block.label + "-----\n";
  if (!block.cipher.empty()) pem += "Proc-Type: 4,ENCRYPTED\nDEK-Info: " + block.cipher + "\n\n";
  const auto base64 = to_base64(std::as_bytes(std::span{block.der}));
  for (std::size_t i = 0; i < base64.size(); i += kLineOfPem) pem += base64.substr(i, kLineOfPem) + "\n";
  return pem + "-----END " + block.label + "-----\n";
}

std::optional<std::string> bare_base64(std::string_view text) { return decoded(text); }

}  // namespace carillon::crypto
