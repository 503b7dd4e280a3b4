#pragma once
// MPEG audio frames, layer III (ISO/IEC 11172-3 §2.4.1.3): parsing headers and iterating over frames.

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace carillon::audio {

/// One frame's header.
struct Mp3Header {
  int version = 1;      ///< 1 = MPEG-1, 2 = MPEG-2, 25 = MPEG-2.5
  int bitrate = 0;      ///< bit/s; never 0 (free format is refused)
  int sample_rate = 0;  ///< Hz
  int channels = 0;     ///< 1 or 2
  bool crc = false;
  bool padding = false;
  std::size_t length = 0;     ///< of the whole frame in bytes, header included
  int samples = 0;            ///< per channel: 1152 or 576
  std::size_t side_info = 0;  ///< bytes of side information after header and CRC
};

/// The header at the start of `bytes` (at least 4); none if there isn't one.
[[nodiscard]] std::optional<Mp3Header> parse_mp3_header(std::span<const std::byte> bytes) noexcept;

/// The 9 (MPEG-1) or 8 (MPEG-2) bits of main_data_begin of the frame at the start of `frame`: bytes borrowed from earlier frames.
[[nodiscard]] std::optional<int> main_data_begin(std::span<const std::byte> frame) noexcept;

/// Properties of a sequence of bare frames.
struct Mp3Stream {
  Mp3Header first;
  std::uint64_t frames = 0;
  ByteCount length;
  bool constant_bitrate = true;
  bool reservoir = false;  ///< a frame borrows from an earlier one, so it can't be spliced
  /// Where every `stride`-th frame begins, in bytes; at most kMaxPlaces.
  std::vector<std::uint64_t> places = {};
  std::uint64_t stride = 1;
  static constexpr std::size_t kMaxPlaces = 2048;
  [[nodiscard]] std::chrono::microseconds duration() const noexcept;
};

/// How many frames are in `length` bytes of constant bitrate that start and end with a frame: padding keeps every sequence of frames within
/// a byte of the length that the bitrate says (ISO/IEC 11172-3 §2.4.2.3).
[[nodiscard]] std::uint64_t frames_in(ByteCount length, const Mp3Header& format) noexcept;

/// Iterates over whole frames of one format, fed in pieces. `corrupt` has the offset where a frame was expected, has a different format or
/// is truncated; it can't be used after an error. One thread.
class Mp3Walker {
 public:
  [[nodiscard]] Result<> feed(std::span<const std::byte> bytes);
  [[nodiscard]] Result<Mp3Stream> finish();

 private:
  bool borrow(std::span<const std::byte>& bytes, std::size_t wanted);
  Result<> take(const Mp3Header& header, std::span<const std::byte> frame);

  Mp3Stream stream_;
  Bytes rest_;  ///< of an incomplete frame
};

}  // namespace carillon::audio
