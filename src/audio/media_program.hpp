#pragma once
// Asks carillon-media, the program that decodes foreign bytes, for a master or for a picture's sizes. It is spawned for each request and
// speaks over descriptors.

#include "audio/promise.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/protocol/protocol.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::audio {

/// A show's one format: what masters and, later, creatives are encoded to. MPEG-1 layer III.
struct Format {
  int bitrate = 128'000;  ///< bit/s, constant
  int channels = 2;       ///< 2 at 128 kbit/s, 1 at 96
  int sample_rate = 44'100;
};

struct MasterMade {
  std::chrono::microseconds duration;  ///< of the source as decoded
  double source_loudness = 0;          ///< LUFS, before; −70 when it is silent
  double loudness = 0;                 ///< LUFS of what was encoded
  std::vector<std::uint8_t> peaks;     ///< its outline, front to back, in percent of full scale; at most media::protocol::kMaxPeaks
};

/// The sides that a picture is made at, ascending.
inline constexpr std::span<const int> kPictureSides{media::protocol::kPictureSides};

/// A larger file isn't decoded.
inline constexpr ByteCount kLargestPicture = media::protocol::kLargestPicture;

/// What a picture must be to be decoded.
struct PictureLimits {
  int smallest = 1;  ///< pixels a side
  int largest = 3000;
  bool damaged = false;  ///< what can be decoded of a damaged one is taken
};
struct PictureFile {
  int side = 0;                 ///< pixels; pictures are square
  std::string_view media_type;  ///< image/jpeg or image/webp
  Bytes bytes;
};

/// What confines the program while it decodes, and what of that this machine does not have.
struct ConfinementLayer {
  std::string name;
  std::string missing;  ///< why it is not in force; "" when it is
};

/// Room on the disk that the master of such a recording may need: carillon-media cannot write more.
[[nodiscard]] ByteCount room_for_master(const Promise& promise, Format format) noexcept;

/// How long the program may say nothing before it counts as hung.
inline constexpr std::chrono::seconds kQuietLimit{60};

/// Any thread; blocks the calling one. That thread must not end before the call does: the program dies with it.
class MediaProgram {
 public:
  explicit MediaProgram(std::filesystem::path program, std::chrono::milliseconds quiet_limit = kQuietLimit)
      : program_{std::move(program)}, quiet_limit_{quiet_limit} {}

  /// Reads the recording behind `source` (a regular file, read from its start), writes bare MP3 frames to `target` (CBR, no bit reservoir,
  /// −16 LUFS ± 1). `progress(fraction, doing)` returns false to stop: then the result is `unavailable`.
  /// What the work may take is set by `promise`.
  /// `invalid` when the bytes are no audio we take, or make the program do or take what decoding never needs (the message is for the person
  /// who uploaded it); `no_space` when the disk is full; `unavailable` when the program could not be started, died, hung (`quiet_limit`
  /// without a word) or answered nonsense. In any case no child is left behind.
  Result<MasterMade> make_master(int source, int target, Format format, const Promise& promise,
                                 const std::function<bool(double, std::string_view)>& progress) const;

  /// Decodes the picture behind `source` (a regular file: JPEG or PNG) and encodes it anew: upright, in sRGB, without transparency and
  /// without anything that is no pixel. First the whole picture as JPEG, then every smaller side of media::protocol::kPictureSides as JPEG
  /// and WebP, and the whole as WebP if its side is one of those. Errors as make_master; `invalid` is about the picture.
  Result<std::vector<PictureFile>> make_picture(int source, PictureLimits limits) const;

  /// Makes a master of a second of silence, confined like any other: whether recordings can be decoded on this machine, and what confines
  /// that.
  Result<std::vector<ConfinementLayer>> probe() const;

 private:
  struct Work;
  Result<media::protocol::Reply> carry_out(const Work& work) const;

  std::filesystem::path program_;
  std::chrono::milliseconds quiet_limit_;
};

}  // namespace carillon::audio
