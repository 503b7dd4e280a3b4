// WAV: bytes over bytes a second. MP3: a frame is as long as its header says, so all of them are counted.

#include "audio/promise.hpp"

#include "audio/mp3_frame.hpp"
#include "audio/prefix.hpp"
#include "audio/riff.hpp"
#include "media/protocol/protocol.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>

namespace carillon::audio {
namespace {

namespace protocol = media::protocol;
using std::chrono::microseconds;

constexpr const char* kWhatIsTaken =
    "Carillon supports WAV (PCM) and MP3; export the recording in one of these formats and upload it again";
constexpr std::size_t kPiece = 1 << 20;
constexpr std::size_t kHeaderSize = 4;
constexpr std::size_t kTagHeader = 10;
/// Tolerance between the length that a header promises and what is there.
constexpr double kLengthTolerance = 0.01;
constexpr double kLengthSlack = 1.0;  // seconds

enum Tag : int { kPcm = 1, kAdpcmMicrosoft = 2, kFloat = 3, kALaw = 6, kMuLaw = 7, kAdpcmIma = 0x11, kMpeg = 0x50, kMpegLayer3 = 0x55 };

std::string clock_text(double seconds) {
  const auto whole = static_cast<long>(seconds);
  return whole >= 3600 ? fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
                       : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::unexpected<Error> refused(std::string sentence) { return fail(ErrorKind::invalid, std::move(sentence)); }

std::unexpected<Error> unknown_kind() {
  return refused(fmt::format("This isn't a WAV or MP3 file, or its beginning is damaged. {}.", kWhatIsTaken));
}

Result<Promise> promise_of(double seconds) {
  if (seconds > std::chrono::duration<double>(protocol::kLongestRecording).count())
    return refused(fmt::format("The recording is longer than {} hours, the limit for one episode.", protocol::kLongestRecording.count()));
  return Promise{microseconds{static_cast<std::int64_t>(seconds * 1e6)}};
}

/// Bits that one channel's sample takes in the file, at least. What is not known is as small as can be: then carillon-media says what it
/// is.
std::uint32_t stored_bits(const WavFormat& format) {
  const std::uint32_t bits = std::clamp<std::uint32_t>(format.bits, 2, 64);
  switch (format.tag) {
    case kPcm:
    case kFloat:
      return (bits + 7) / 8 * 8;
    case kALaw:
    case kMuLaw:
      return 8;
    case kAdpcmMicrosoft:
      return 4;
    default:
      return std::min<std::uint32_t>(bits, 4);
  }
}

/// Seconds of sound in the MP3 frames from `offset` on. What is between them (tags, damage) is stepped over as decoders do.
Result<double> count_frames(int descriptor, std::uint64_t offset) {
  Bytes buffer(kPiece);
  std::size_t filled = 0;
  double seconds = 0;
  while (true) {
    const ssize_t got = pread(descriptor, buffer.data() + filled, buffer.size() - filled, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read", "the recording", errno);
    filled += static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
    const std::span<const std::byte> bytes{buffer.data(), filled};
    std::size_t at = 0;
    while (at + kHeaderSize <= filled) {
      const auto header = parse_mp3_header(bytes.subspan(at));
      if (header) seconds += static_cast<double>(header->samples) / header->sample_rate;
      at += header ? header->length : 1;
    }
    if (got == 0) return seconds;
    // The rest of the last frame is passed over, and of a header that is cut by the end of the piece the beginning is kept.
    if (at > filled) offset += at - filled;
    const std::size_t kept = at < filled ? filled - at : 0;
    std::copy_n(buffer.begin() + static_cast<std::ptrdiff_t>(filled - kept), kept, buffer.begin());
    filled = kept;
  }
}

Result<> check_wav_format(const WavFormat& format) {
  if (format.sample_rate < protocol::kLowestSampleRate || format.sample_rate > protocol::kHighestSampleRate)
    return refused(fmt::format("This WAV file has a sample rate of {} Hz; Carillon supports {} to {} Hz. Export it at 44,100 or 48,000 Hz.",
                               format.sample_rate, protocol::kLowestSampleRate, protocol::kHighestSampleRate));
  if (format.channels < 1 || format.channels > protocol::kMaxChannels)
    return refused(fmt::format("This WAV file has {} channels; Carillon supports 1 to {}. Export it in mono or stereo.", format.channels,
                               protocol::kMaxChannels));
  return {};
}

Result<Promise> promise_of_wav(int descriptor, const WavSound& sound, ByteCount length) {
  const auto& format = sound.format;
  if (auto fit = check_wav_format(format); !fit) return forward_error(fit);
  const ByteCount there = ByteCount{std::max(length.value, sound.offset.value)} - sound.offset;
  if (format.tag == kMpeg || format.tag == kMpegLayer3) {
    const auto seconds = count_frames(descriptor, sound.offset.value);
    if (!seconds) return std::unexpected(seconds.error());
    return promise_of(*seconds);
  }
  const double bytes_a_second = static_cast<double>(format.sample_rate) * format.channels * stored_bits(format) / 8;
  const auto seconds = [&](ByteCount bytes) { return static_cast<double>(bytes.value) / bytes_a_second; };
  const double has = seconds(there), promised = seconds(sound.promised.value_or(there));
  // Of the other formats the header alone does not say how long it is.
  const bool is_plain = format.tag == kPcm || format.tag == kFloat || format.tag == kALaw || format.tag == kMuLaw;
  if (is_plain && has + kLengthSlack < promised * (1 - kLengthTolerance))
    return refused(fmt::format("This WAV file is incomplete: it should last {} but ends after {}. Export or upload it again.",
                               clock_text(promised), clock_text(has)));
  return promise_of(std::min(has, promised));
}

}  // namespace

Result<Promise> read_promise(int descriptor) {
  struct stat status{};
  if (fstat(descriptor, &status) != 0) return fail_errno("read", "the recording", errno);
  if (!S_ISREG(status.st_mode)) return fail(ErrorKind::internal, "the recording isn't a regular file");
  if (status.st_size == 0) return refused(fmt::format("The file is empty (0 bytes). {}.", kWhatIsTaken));
  if (const auto sound = read_wav(descriptor))
    return promise_of_wav(descriptor, *sound, ByteCount{static_cast<std::uint64_t>(status.st_size)});
  // A tag may hold a picture, and in a picture there are bytes that look like frames.
  std::array<std::byte, kTagHeader> head{};
  const bool has_head = pread(descriptor, head.data(), head.size(), 0) == static_cast<ssize_t>(head.size());
  const auto seconds = count_frames(descriptor, has_head ? id3_length(head).value : 0);
  if (!seconds) return std::unexpected(seconds.error());
  if (*seconds <= 0) return unknown_kind();
  return promise_of(*seconds);
}

}  // namespace carillon::audio
