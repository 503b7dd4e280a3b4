#pragma once
// Encodes to bare MP3 frames that may be cut between any two of them: constant bitrate, no bit reservoir, no Info frame, no tags.

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/libav.hpp"

namespace carillon::media {

/// lame turns everything down by this before it encodes (its presets for constant bitrates), and libavcodec offers no way to tell it not
/// to.
inline constexpr double kEncoderScale = 0.95;

/// One thread.
class Encoder {
 public:
  /// Empties the file behind `target`, which stays the caller's, and writes to it from its start.
  [[nodiscard]] static Result<Encoder> create(int target, int bitrate, Shape shape);

  /// Samples per frame; only the last may have fewer.
  [[nodiscard]] int frame_size() const noexcept { return codec_->frame_size; }
  /// Planar floats in the shape given to create(); null ends the stream and writes what is left. `no_space` when the disk is full.
  [[nodiscard]] Result<> write(const AVFrame* frame);

 private:
  Encoder() = default;
  Result<> take(std::span<const std::byte> frame);
  Result<> flush();

  int target_ = -1;
  CodecContext codec_;
  Packet packet_;
  Bytes pending_;
  std::uint32_t first_header_ = 0;
};

}  // namespace carillon::media
