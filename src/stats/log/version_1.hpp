#pragma once
// The bytes of a segment of version 1, as docs/formats/request-log-1.md has them. Pure. Nothing writes this version any more but tests.

#include "base/result.hpp"
#include "stats/log/record.hpp"

#include <span>

namespace carillon::stats::version_1 {

/// What stands before the first record: magic, version, checksum.
inline constexpr std::size_t kHeaderLength = 16;
/// What stands before each payload: its length and the checksum.
inline constexpr std::size_t kFrameLength = 8;

/// Time, sent, status, media and listener.
inline constexpr std::size_t kFixedLength = 8 + 8 + 2 + 32 + 16;
inline constexpr std::size_t kShortestPayload = kFixedLength + 7 * 2;
inline constexpr std::size_t kLongestPayload = kShortestPayload + kLongestEpisode + kLongestMethod + kLongestRange + kLongestPrefix +
                                               kLongestCountry + kLongestUserAgent + kLongestReferrer;
inline constexpr std::size_t kLongestFrame = kFrameLength + kLongestPayload;

[[nodiscard]] std::string segment_header();
/// `corrupt` when `bytes` do not begin with a header of this version.
Result<> check_segment_header(std::span<const std::byte> bytes);

/// The record with its frame. Strings that are too long are cut, broken UTF-8 is replaced: whatever comes in, the decoder takes it back.
[[nodiscard]] std::string encoded(const Record& record);  ///< what version 1 has no place for is left out

struct Decoded {
  Record record;
  std::size_t length = 0;  ///< bytes taken, frame included
};
/// The record at the beginning of `bytes`. `corrupt`, with the reason, when they end before it does, its checksum is wrong or it is not of
/// this format.
Result<Decoded> decode(std::span<const std::byte> bytes);

}  // namespace carillon::stats::version_1
