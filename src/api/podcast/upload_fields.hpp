#pragma once
// The header fields of resumable uploads (tus 1.0.0, https://tus.io/protocols/resumable-upload), read strictly.

#include "base/result.hpp"
#include "crypto/checksum.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::api {

/// Problem type (415) for files of an unsupported kind.
inline constexpr std::string_view kNotTaken = "not-taken";

inline constexpr std::size_t kLongestMetadata = 4096;  ///< bytes of Upload-Metadata
inline constexpr std::size_t kMaxMetadata = 32;        ///< keys in it
/// When a client can retry if there are too many uploads, in total or in its network.
inline constexpr std::chrono::seconds kUploadsBusyRetry{5};

/// The checksum of a chunk, as sent by the client.
struct SentChecksum {
  crypto::ChecksumAlgorithm algorithm;
  Bytes sum;
};
/// "sha256 BASE64" as in Upload-Checksum; `invalid` for an unsupported algorithm and for a checksum of the wrong length.
[[nodiscard]] Result<SentChecksum> parse_checksum(std::string_view text);

/// `invalid` unless the text is valid Upload-Metadata: "key BASE64,key", without duplicate keys.
[[nodiscard]] Result<> check_metadata(std::string_view text);
/// The value of a key in checked metadata; none if it is absent or not UTF-8.
[[nodiscard]] std::optional<std::string> metadata_value(std::string_view text, std::string_view key);

}  // namespace carillon::api
