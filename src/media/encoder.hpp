#pragma once
// Encodes to bare MP3 frames that can be cut between any two frames: constant bitrate, no bit reservoir, no Info frame, no tags.

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/libav.hpp"

namespace carillon::media {

/// lame scales its input by this before encoding (in its presets for constant bitrates), and libavcodec has no option to turn that off.
inline constexpr double kEncoderScale = 0.95;

/// One thread.
class Encoder {
 public:
  /// Truncates the file behind `target`, which stays with the caller, and writes from its start.
  [[nodiscard]] static Result<Encoder> create(int target, int bitrate, Shape shape);

  /// `count` samples of each channel, side by side, in the shape given to create(). `no_space` if the disk is full.
  [[nodiscard]] Result<> write(const double* samples, std::size_t count);
  /// Writes the rest.
  [[nodiscard]] Result<> finish();

 private:
  Encoder() = default;
  Result<> begin_frame();
  Result<> encode(const AVFrame* frame);
  Result<> take(std::span<const std::byte> frame);
  Result<> flush();

  int target_ = -1;
  CodecContext codec_;
  Packet packet_;
  Frame frame_;     ///< that is being filled
  int filled_ = 0;  ///< its samples
  std::int64_t position_ = 0;
  Bytes pending_;
  std::uint32_t first_header_ = 0;
};

}  // namespace carillon::media
