#pragma once
// The header fields of resumable uploads (tus 1.0.0, https://tus.io/protocols/resumable-upload), read strictly.

#include "base/result.hpp"
#include "crypto/checksum.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::api {

/// Type of the problem (415) that answers a file of a kind that nothing can be made of.
inline constexpr std::string_view kNotTaken = "not-taken";

inline constexpr std::size_t kLongestMetadata = 4096;  ///< bytes of Upload-Metadata
inline constexpr std::size_t kMaxMetadata = 32;        ///< keys in it
/// When a client may come back that found every place for uploads taken, or its network's.
inline constexpr std::chrono::seconds kUploadsBusyRetry{5};

/// What a sender says its bytes sum up to.
struct SentChecksum {
  crypto::ChecksumAlgorithm algorithm;
  Bytes sum;
};
/// "sha256 BASE64" as in Upload-Checksum; `invalid` for an algorithm that is not taken and for a sum of the wrong length.
[[nodiscard]] Result<SentChecksum> parse_checksum(std::string_view text);

/// `invalid` unless the text is what Upload-Metadata may hold: "key BASE64,key", no key twice.
[[nodiscard]] Result<> check_metadata(std::string_view text);
/// The value of a key in metadata that was checked; none when it is absent or no UTF-8.
[[nodiscard]] std::optional<std::string> metadata_value(std::string_view text, std::string_view key);

}  // namespace carillon::api
