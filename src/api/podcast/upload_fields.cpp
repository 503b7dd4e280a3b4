// See upload_fields.hpp.

#include "api/podcast/upload_fields.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <vector>

namespace carillon::api {
namespace {

struct Pair {
  std::string_view key;
  std::string_view value;  ///< base64
};

Pair pair_of(std::string_view text) {
  text = trimmed(text);
  const auto space = text.find(' ');
  if (space == std::string_view::npos) return {text, {}};
  return {text.substr(0, space), text.substr(space + 1)};
}

/// Visible ASCII; spaces and commas separate.
bool is_key(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~' && c != ','; });
}

}  // namespace

Result<SentChecksum> parse_checksum(std::string_view text) {
  const auto [name, encoded] = pair_of(text);
  const auto algorithm = crypto::checksum_algorithm_from(name);
  if (!algorithm)
    return fail(ErrorKind::invalid, "Upload-Checksum must start with sha256 or sha1; other checksums aren't supported.", "Upload-Checksum");
  auto sum = from_base64(encoded);
  if (!sum || sum->size() != length_of(*algorithm))
    return fail(ErrorKind::invalid, "Upload-Checksum doesn't contain a base64-encoded " + std::string(name) + " checksum.",
                "Upload-Checksum");
  return SentChecksum{*algorithm, std::move(*sum)};
}

Result<> check_metadata(std::string_view text) {
  const auto wrong = [](std::string why) { return fail(ErrorKind::invalid, "Upload-Metadata " + std::move(why), "Upload-Metadata"); };
  if (text.empty()) return {};
  if (text.size() > kLongestMetadata) return wrong("is longer than " + std::to_string(kLongestMetadata) + " bytes.");
  std::vector<std::string_view> keys;
  for (const auto part : split(text, ',')) {
    const auto [key, value] = pair_of(part);
    if (!is_key(key)) return wrong("must contain comma-separated pairs of a name and a base64-encoded value.");
    if (!from_base64(value)) return wrong("contains a value that isn't base64 under “" + std::string(key) + "”.");
    if (std::ranges::find(keys, key) != keys.end()) return wrong("lists “" + std::string(key) + "” twice.");
    if (keys.size() == kMaxMetadata) return wrong("has more than " + std::to_string(kMaxMetadata) + " names.");
    keys.push_back(key);
  }
  return {};
}

std::optional<std::string> metadata_value(std::string_view text, std::string_view key) {
  for (const auto part : split(text, ',')) {
    const auto pair = pair_of(part);
    if (pair.key != key) continue;
    const auto value = from_base64(pair.value);
    if (!value || !is_utf8(as_text(*value))) return {};
    return std::string(as_text(*value));
  }
  return {};
}

}  // namespace carillon::api
