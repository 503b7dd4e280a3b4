#pragma once
// Decodes an untrusted recording from a descriptor to one format, from start to end.

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/libav.hpp"
#include "media/protocol/protocol.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace carillon::media {

/// Bytes of a regular file for libav, read with pread: the descriptor's position doesn't change.
class FileReader {
 public:
  FileReader(int descriptor, ByteCount length);
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;
  ~FileReader();
  [[nodiscard]] AVIOContext* context() const noexcept { return context_; }
  [[nodiscard]] ByteCount length() const noexcept { return ByteCount{static_cast<std::uint64_t>(length_)}; }
  /// How much of the file has been read, 0–1.
  [[nodiscard]] double fraction() const noexcept;
  /// errno of a failed read, 0 if none, to distinguish a disk error from a damaged recording.
  [[nodiscard]] int failure() const noexcept { return failure_; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  static int read(void* self, std::uint8_t* into, int size);
  static std::int64_t seek(void* self, std::int64_t offset, int whence);
  int descriptor_;
  std::int64_t length_;
  std::int64_t position_ = 0;
  int failure_ = 0;
  AVIOContext* context_ = nullptr;
};

/// What decoding had to pass over.
struct Damage {
  std::uint64_t repaired_samples = 0;  ///< that were no numbers, or impossibly large ones
  double lost = 0;                     ///< seconds that could not be decoded
  double filled = 0;                   ///< seconds that the file's own times leave out, and that became silence
};

/// One pass over a recording. One thread.
class Recording {
 public:
  /// `descriptor` is an open regular file and stays with the caller. `invalid` if it isn't a supported recording, or continues beyond
  /// `longest`, which sets the resource limits.
  [[nodiscard]] static Result<std::unique_ptr<Recording>> open(int descriptor, int sample_rate, std::chrono::microseconds longest);

  /// The format of the frames: one channel for a recording in mono, otherwise two.
  [[nodiscard]] Shape shape() const noexcept { return shape_; }
  /// Its samples are floating-point numbers, so it may be quiet without being noisy.
  [[nodiscard]] bool is_float() const noexcept;
  /// The next frame in shape(), with its pts in samples from 0; null at the end. `invalid` if the recording is damaged, truncated, empty or
  /// too long.
  [[nodiscard]] Result<Frame> next();
  /// The picture in its metadata that is its cover: as it is in the file, unchecked; empty if there is none.
  [[nodiscard]] std::span<const std::byte> picture() const noexcept;
  [[nodiscard]] double fraction() const noexcept { return reader_.fraction(); }
  /// The duration of the frames that next() has returned so far.
  [[nodiscard]] std::chrono::microseconds duration() const noexcept;
  /// So far.
  [[nodiscard]] const Damage& damage() const noexcept { return damage_; }

  /// What the file says about itself. Where it doesn't say how long it is, this reads all of it, without decoding; `report` is called with
  /// the fraction. `invalid` as above, and if it claims to be longer than protocol::kLongestRecording. Not together with next().
  [[nodiscard]] Result<protocol::ProbeDone> probe(const std::function<Result<>(double)>& report);

 private:
  Recording(int descriptor, ByteCount length, int sample_rate, std::chrono::microseconds longest)
      : reader_{descriptor, length}, shape_{.channels = 2, .sample_rate = sample_rate}, longest_{longest} {}
  Result<> open_streams();
  Result<> find_sound();
  Result<> open_decoder();
  Result<> correct_codec();
  Result<> unpack();
  Result<> check_format(int sample_rate, int channels) const;
  Result<bool> decode_more();
  void count_damage();
  Result<Frame> convert(AVFrame* decoded);
  Result<Frame> silence_before(const AVFrame& decoded);
  Result<Frame> empty_frame(int samples);
  Result<> make_resampler(AVFrame* decoded, AVFrame* out);
  Result<> count_samples(int made);
  void repair(AVFrame& decoded);
  Result<> check_whole();
  [[nodiscard]] std::unexpected<Error> damaged(double promised, double there) const;
  Result<> check_container(double& seconds, double& foreign) const;
  Result<> check_length(double promised, double there) const;
  [[nodiscard]] std::optional<double> claimed_length() const;
  [[nodiscard]] std::unexpected<Error> not_taken(int error) const;
  [[nodiscard]] std::unexpected<Error> encrypted() const;
  Result<> check_encryption();
  [[nodiscard]] bool begins_with_box() const;

  /// The input format of the resampler.
  struct Incoming {
    int sample_rate = 0;
    int format = 0;
    int channels = 0;
    bool operator==(const Incoming&) const = default;
  };

  FileReader reader_;
  Shape shape_;
  std::chrono::microseconds longest_;
  FormatContext format_;
  CodecContext decoder_;
  Resampler resampler_;
  Incoming incoming_;
  Frame decoded_;
  Packet packet_;
  AVStream* stream_ = nullptr;
  std::string kind_;          ///< "WAV", "M4A"
  double scale_ = 1;          ///< of samples that use only the lower bits
  std::int64_t samples_ = 0;  ///< returned so far, at shape_.sample_rate
  std::uint64_t packets_ = 0;
  std::uint64_t damaged_packets_ = 0;
  double packet_seconds_ = 0;  ///< of the last packet
  double furthest_ = 0;        ///< seconds, of any stream
  bool has_times_ = false;     ///< its packets say when they are due, and what is missing is to be silent
  bool packets_ended_ = false;
  bool frames_ended_ = false;
  bool waiting_ = false;  ///< decoded_ is next, after silence
  Damage damage_;
  std::array<double, protocol::kMaxChannels> last_samples_{};  ///< before the current frame, of each channel
};

}  // namespace carillon::media
