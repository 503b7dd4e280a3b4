#pragma once
// Decodes an untrusted recording from a descriptor to one format, from start to end.

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "media/libav.hpp"

#include <chrono>
#include <memory>
#include <string_view>

namespace carillon::media {

/// Bytes of a regular file for libav, read with pread: the descriptor's position doesn't change.
class FileReader {
 public:
  FileReader(int descriptor, ByteCount length);
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;
  ~FileReader();
  [[nodiscard]] AVIOContext* context() const noexcept { return context_; }
  /// How much of the file has been read, 0–1.
  [[nodiscard]] double fraction() const noexcept;
  /// errno of a failed read, 0 if none, to distinguish a disk error from a damaged recording.
  [[nodiscard]] int failure() const noexcept { return failure_; }

 private:
  static int read(void* self, std::uint8_t* into, int size);
  static std::int64_t seek(void* self, std::int64_t offset, int whence);
  int descriptor_;
  std::int64_t length_;
  std::int64_t position_ = 0;
  int failure_ = 0;
  AVIOContext* context_ = nullptr;
};

/// One pass over a recording. One thread.
class Recording {
 public:
  /// `descriptor` is an open regular file and stays with the caller. `invalid` if it isn't a supported WAV or MP3, or continues beyond
  /// `longest`, which sets the resource limits.
  [[nodiscard]] static Result<std::unique_ptr<Recording>> open(int descriptor, Shape shape, std::chrono::microseconds longest);

  /// The next frame in `shape`, with its pts in samples from 0; null at the end. `invalid` if the recording is damaged, truncated, empty or
  /// too long.
  [[nodiscard]] Result<Frame> next();
  [[nodiscard]] double fraction() const noexcept { return reader_.fraction(); }
  /// The duration of the frames that next() has returned so far.
  [[nodiscard]] std::chrono::microseconds duration() const noexcept;

 private:
  Recording(int descriptor, ByteCount length, Shape shape, std::chrono::microseconds longest)
      : reader_{descriptor, length}, shape_{shape}, longest_{longest} {}
  Result<> open_streams();
  Result<> unpack(const AVCodec*& codec);
  Result<> check_format(int sample_rate, int channels) const;
  Result<bool> decode_more();
  Result<Frame> convert(AVFrame* decoded);
  Result<> make_resampler(AVFrame* decoded, AVFrame* out);
  Result<> check_whole() const;
  Result<> check_length(double promised, double there) const;
  [[nodiscard]] std::unexpected<Error> not_taken(int error) const;

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
  std::string_view kind_;     ///< "WAV" or "MP3"
  double scale_ = 1;          ///< of samples that use only the lower bits
  std::int64_t samples_ = 0;  ///< returned so far, at shape_.sample_rate
  std::uint64_t packets_ = 0;
  std::uint64_t damaged_packets_ = 0;
  bool packets_ended_ = false;
  bool frames_ended_ = false;
};

}  // namespace carillon::media
