#pragma once
// Runs carillon-media, the program that decodes untrusted files, to create a master or the sizes of an image. It is spawned for each
// request and communicates over file descriptors.

#include "audio/promise.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/protocol/protocol.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::audio {

/// The format of a show, for masters and later creatives. MPEG-1 layer III.
struct Format {
  int bitrate = 128'000;  ///< bit/s, constant
  int channels = 2;       ///< 2 at 128 kbit/s, 1 at 96
  int sample_rate = 44'100;
};

/// What is to be done with a recording.
struct MasterSettings {
  std::optional<double> loudness = -16;              ///< of the master, LUFS; none: as recorded, and only peaks are limited
  double true_peak = media::protocol::kMaxTruePeak;  ///< dBTP that the master mustn't exceed, decoded
  double usual_loudness = -16;                       ///< what `loudness` would be otherwise, for the findings
};

struct MasterMade {
  std::chrono::microseconds duration;  ///< of the source as decoded
  double source_loudness = 0;          ///< LUFS of the source; −70 for silence
  double loudness = 0;                 ///< LUFS of the encoded audio
  double true_peak = 0;                ///< dBTP of the encoded audio
  double loudness_range = 0;           ///< LU of the source
  bool has_picture = false;            ///< the recording has a cover in its metadata
  std::optional<double> speech_share;  ///< 0–1 of the time with sound, estimated; none: no sound
  std::vector<media::protocol::Silence> silences;
  std::vector<media::protocol::Finding> findings;
  std::vector<std::uint8_t> peaks;  ///< the waveform in percent of full scale; at most media::protocol::kMaxPeaks
};

/// The side lengths of image sizes, ascending.
inline constexpr std::span<const int> kPictureSides{media::protocol::kPictureSides};

/// A larger file isn't decoded.
inline constexpr ByteCount kLargestPicture = media::protocol::kLargestPicture;

/// Ends the message about a picture that PictureLimits::fit would help.
inline constexpr std::string_view kOfferToFit = media::protocol::kOfferToFit;

/// Requirements for decoding an image.
struct PictureLimits {
  int smallest = 1;  ///< pixels a side
  int largest = 3000;
  bool damaged = false;       ///< accept the decodable part of a damaged image
  bool fit = false;           ///< crop to the square in the middle, and scale to a side that is allowed
  bool in_recording = false;  ///< the file is a recording, and the picture the cover in its metadata
};
struct PictureFile {
  int side = 0;                 ///< pixels; pictures are square
  std::string_view media_type;  ///< image/jpeg or image/webp
  Bytes bytes;
};

/// A sandbox layer of the program, and whether this machine supports it.
struct ConfinementLayer {
  std::string name;
  std::string missing;  ///< why it isn't active; "" if it is
};

/// The disk space that the master of such a recording can need; carillon-media can't write more.
[[nodiscard]] ByteCount room_for_master(const Promise& promise, Format format) noexcept;

/// How long the program can be silent before it counts as hung.
inline constexpr std::chrono::seconds kQuietLimit{60};

/// Any thread; blocks the calling one. That thread must not end during the call, because the program is killed with it.
class MediaProgram {
 public:
  explicit MediaProgram(std::filesystem::path program, std::chrono::milliseconds quiet_limit = kQuietLimit)
      : program_{std::move(program)}, quiet_limit_{quiet_limit} {}

  /// How long the recording behind `source` (a regular file) claims to be. WAV and MP3 files are read by this program
  /// (audio::read_promise), all others in the sandbox. `invalid`, for the person who uploaded it, if it isn't a supported recording, is
  /// damaged or encrypted, or claims to be longer than a day; otherwise errors as in make_master.
  Result<Promise> read_promise(int source, const std::function<bool(double, std::string_view)>& progress) const;

  /// Reads the recording behind `source` (a regular file, read from its start), writes bare MP3 frames to `target` (CBR, no bit reservoir,
  /// the loudness of `settings` ± 1 LU and true peaks as there, as decoded, unless the findings say otherwise). `progress(fraction,
  /// doing)` returns false to stop: then the result is `unavailable`. `promise` limits the resources it can use. `invalid` if the bytes
  /// aren't supported audio, or make the program do something that decoding never needs (the message is for the person who uploaded it);
  /// `no_space` if the disk is full; `unavailable` if the program could not be started, died, hung (silent for `quiet_limit`) or returned
  /// an invalid result. No child process remains in any case.
  Result<MasterMade> make_master(int source, int target, Format format, const Promise& promise,
                                 const std::function<bool(double, std::string_view)>& progress, const MasterSettings& settings = {}) const;

  /// The same of a recording that isn't encoded: its loudness, waveform and silences. Errors as in make_master.
  Result<MasterMade> measure(int source, const Promise& promise, const std::function<bool(double, std::string_view)>& progress,
                             const MasterSettings& settings) const;

  /// Decodes the picture behind `source` (a regular file: JPEG, PNG, WebP, GIF, AVIF or HEIC, or a recording) and re-encodes it: upright,
  /// in sRGB, without transparency and metadata. First the full size as JPEG, then every smaller side of media::protocol::kPictureSides as
  /// JPEG and WebP, and the full size as WebP if its side is one of those. Errors as in make_master; `invalid` is about the image.
  Result<std::vector<PictureFile>> make_picture(int source, PictureLimits limits) const;

  /// Creates a master of a second of silence in the sandbox, to check whether this machine can decode recordings, and with which sandbox
  /// layers.
  Result<std::vector<ConfinementLayer>> probe() const;

 private:
  struct Work;
  Result<media::protocol::Reply> carry_out(const Work& work) const;
  Result<MasterMade> make(int source, int target, const media::protocol::MasterRequest& request, const Promise& promise,
                          const std::function<bool(double, std::string_view)>& progress) const;

  std::filesystem::path program_;
  std::chrono::milliseconds quiet_limit_;
};

}  // namespace carillon::audio
