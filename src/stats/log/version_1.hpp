#pragma once
// The bytes of a segment of version 1, see docs/formats/request-log-1.md. Pure. Only tests still write this version.

#include "base/result.hpp"
#include "stats/log/record.hpp"

#include <span>

namespace carillon::stats::version_1 {

/// The header before the first record: magic, version, checksum.
inline constexpr std::size_t kHeaderLength = 16;
/// The frame before each payload: its length and checksum.
inline constexpr std::size_t kFrameLength = 8;

/// Time, sent, status, media and listener.
inline constexpr std::size_t kFixedLength = 8 + 8 + 2 + 32 + 16;
inline constexpr std::size_t kShortestPayload = kFixedLength + 7 * 2;
inline constexpr std::size_t kLongestPayload = kShortestPayload + kLongestEpisode + kLongestMethod + kLongestRange + kLongestPrefix +
                                               kLongestCountry + kLongestUserAgent + kLongestReferrer;
inline constexpr std::size_t kLongestFrame = kFrameLength + kLongestPayload;

[[nodiscard]] std::string segment_header();
/// `corrupt` if `bytes` doesn't start with a header of this version.
Result<> check_segment_header(std::span<const std::byte> bytes);

/// The record with its frame. Too long strings are cut, invalid UTF-8 is replaced, so that the decoder accepts any result.
[[nodiscard]] std::string encoded(const Record& record);  ///< omits what version 1 doesn't support

struct Decoded {
  Record record;
  std::size_t length = 0;  ///< bytes used, including the frame
};
/// The record at the start of `bytes`. `corrupt`, with the reason, if it is incomplete, its checksum is wrong or its format isn't valid.
Result<Decoded> decode(std::span<const std::byte> bytes);

}  // namespace carillon::stats::version_1
