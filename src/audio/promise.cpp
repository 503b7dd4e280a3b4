// WAV: bytes over bytes a second. MP3: a frame is as long as its header says, so all of them are counted.

#include "audio/promise.hpp"

#include "audio/kinds.hpp"
#include "audio/mp3_frame.hpp"
#include "audio/prefix.hpp"
#include "audio/riff.hpp"
#include "audio/riff_metadata.hpp"
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

constexpr std::size_t kPiece = 1 << 20;
constexpr std::size_t kHeaderSize = 4;
constexpr std::size_t kTagHeader = 10;
/// Tolerance between the length that a header promises and what is there.
constexpr double kLengthTolerance = 0.01;
constexpr double kLengthSlack = 1.0;  // seconds

/// Of an MP3, what belongs to no frame and no tag: more is damage that can be heard.
constexpr double kForeignLimit = 0.05;
constexpr int kSureRun = 4;  // frames

enum Tag : int { kPcm = 1, kAdpcmMicrosoft = 2, kFloat = 3, kALaw = 6, kMuLaw = 7, kAdpcmIma = 0x11, kMpeg = 0x50, kMpegLayer3 = 0x55 };

/// Longer is a header that says anything.
constexpr double kLongestSaid = 1000 * 3600.0;

std::string clock_text(double seconds) {
  if (seconds > kLongestSaid) return "more than 1000 hours";
  const auto whole = static_cast<long>(seconds);
  return whole >= 3600 ? fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
                       : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::unexpected<Error> refused(std::string sentence) { return fail(ErrorKind::invalid, std::move(sentence)); }

/// `exact`: every sample of it was counted, so what is decoded must be as long.
Result<Promise> promise_of(double seconds, bool exact, double missing = 0) {
  if (seconds > std::chrono::duration<double>(protocol::kLongestRecording).count())
    return refused(fmt::format("The recording is longer than {} hours, the limit for one episode.", protocol::kLongestRecording.count()));
  return Promise{.duration = microseconds{static_cast<std::int64_t>(seconds * 1e6)},
                 .exact = exact,
                 .missing = microseconds{static_cast<std::int64_t>(missing * 1e6)}};
}

/// Bits that one channel's sample takes in the file, at least. What is not known is as small as can be: then carillon-media says what it
/// is.
std::uint32_t stored_bits(const WavFormat& format) {
  const std::uint32_t bits = std::clamp<std::uint32_t>(format.bits, 2, 64);
  switch (format.tag) {
    case kPcm:
    case kFloat: {
      // 24 bits may stand in 32: then the bytes of a sample are more than its bits need.
      const auto bytes = (bits + 7) / 8;
      const auto aligned = format.channels > 0 && format.block_align % format.channels == 0 ? format.block_align / format.channels : 0;
      return (aligned > bytes && aligned <= 8 ? aligned : bytes) * 8;
    }
    case kALaw:
    case kMuLaw:
      return 8;
    case kAdpcmMicrosoft:
      return 4;
    default:
      return std::min<std::uint32_t>(bits, 4);
  }
}

/// What an MP3 stream holds.
struct Counted {
  double seconds = 0;
  std::uint64_t frames_length = 0;   ///< bytes
  std::uint64_t foreign_length = 0;  ///< bytes that belong to no frame and no tag
  int longest_run = 0;               ///< frames without anything between them
};

/// Length of the tag of another kind that begins here: ID3v2 (a file that was put together from several has one in its middle), APEv2, and
/// ID3v1, which is the last thing in a file. 0 if there is none.
std::uint64_t tag_length(std::span<const std::byte> bytes) {
  const auto text = as_text(bytes);
  if (text.starts_with("ID3")) return id3_length(bytes).value;
  if (text.starts_with("APETAGEX") && bytes.size() >= 16) {
    std::uint64_t length = 0;
    for (std::size_t i = 16; i-- > 12;) length = length << 8 | std::to_integer<std::uint64_t>(bytes[i]);
    return length + 32;
  }
  return text.starts_with("TAG") ? 128 : 0;
}

/// Where the tags at the end of a file of `length` begin: APEv2, whose header may be missing, behind it Lyrics3v2, and last of all ID3v1.
std::uint64_t end_of_frames(int descriptor, std::uint64_t length) {
  std::array<std::byte, 32> bytes{};
  const auto is_read = [&](std::uint64_t before_end, std::size_t size) {
    return length >= before_end &&
           pread(descriptor, bytes.data(), size, static_cast<off_t>(length - before_end)) == static_cast<ssize_t>(size);
  };
  const auto text = [&](std::size_t size) { return as_text(std::span{bytes}.first(size)); };
  if (is_read(128, 3) && text(3) == "TAG") length -= 128;
  if (is_read(15, 15) && text(15).ends_with("LYRICS200")) {
    std::uint64_t size = 0;
    for (const char digit : text(6)) size = size * 10 + static_cast<std::uint64_t>(std::clamp(digit - '0', 0, 9));
    length -= std::min(length, size + 15);
  }
  if (is_read(32, 32) && text(8) == "APETAGEX") {
    std::uint64_t size = 0;
    for (std::size_t i = 16; i-- > 12;) size = size << 8 | std::to_integer<std::uint64_t>(bytes[i]);
    length -= std::min(length, size);
  }
  return length;
}

/// The MP3 frames from `offset` to `end`. What is between them (tags, damage) is stepped over as decoders do.
Result<Counted> count_frames(int descriptor, std::uint64_t offset, std::uint64_t end) {
  Bytes buffer(kPiece);
  std::size_t filled = 0;
  Counted counted;
  int run = 0;
  while (true) {
    const auto wanted = std::min<std::uint64_t>(buffer.size() - filled, end - std::min(offset, end));
    const ssize_t got = pread(descriptor, buffer.data() + filled, wanted, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read", "the recording", errno);
    filled += static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
    const std::span<const std::byte> bytes{buffer.data(), filled};
    std::size_t at = 0;
    while (at + kHeaderSize <= filled) {
      const auto rest = bytes.subspan(at);
      if (const auto header = parse_mp3_header(rest)) {
        counted.seconds += static_cast<double>(header->samples) / header->sample_rate;
        counted.frames_length += header->length;
        at += header->length;
        counted.longest_run = std::max(counted.longest_run, ++run);
      } else if (const auto tag = tag_length(rest); tag > 0) {
        at += static_cast<std::size_t>(tag);
      } else {
        ++counted.foreign_length;
        run = 0;
        ++at;
      }
    }
    if (got == 0) return counted;
    // The rest of the last frame is passed over, and of a header that is cut by the end of the piece the beginning is kept.
    if (at > filled) offset += at - filled;
    const std::size_t kept = at < filled ? filled - at : 0;
    std::copy_n(buffer.begin() + static_cast<std::ptrdiff_t>(filled - kept), kept, buffer.begin());
    filled = kept;
  }
}

/// Where much of a file is no sound, listeners would miss it. None if it isn't an MP3.
Result<std::optional<Promise>> promise_of_frames(int descriptor, std::uint64_t offset, std::uint64_t length) {
  const auto counted = count_frames(descriptor, offset, end_of_frames(descriptor, length));
  if (!counted) return std::unexpected(counted.error());
  // In any bytes there are some that look like a frame, but hardly several in a row.
  const bool is_noise = counted->longest_run < kSureRun && counted->foreign_length > counted->frames_length;
  if (counted->seconds <= 0 || is_noise) return std::nullopt;
  const double missing = counted->seconds * static_cast<double>(counted->foreign_length) / static_cast<double>(counted->frames_length);
  if (missing > kLengthSlack && missing > kForeignLimit * counted->seconds)
    return refused(
        fmt::format("This MP3 file is damaged: its size suggests {} of audio, but only {} can be read. Export or upload it again.",
                    clock_text(counted->seconds + missing), clock_text(counted->seconds)));
  auto promise = promise_of(counted->seconds, true, missing);
  if (promise) promise->is_mp3 = true;
  return promise;
}

/// Of the tag at its start, or of the old one at its end.
FileTags tags_of_mp3(int descriptor, std::span<const std::byte> head, ByteCount length) {
  Bytes tag(std::min(id3_length(head), kLargestTagRead).value);
  const ssize_t got = pread(descriptor, tag.data(), tag.size(), 0);
  tag.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  if (auto tags = id3_file_tags(tag); !tags.is_empty()) return tags;
  constexpr std::size_t kOldTag = 128;
  std::array<std::byte, kOldTag> old{};
  if (length.value < kOldTag || pread(descriptor, old.data(), kOldTag, static_cast<off_t>(length.value - kOldTag)) != kOldTag) return {};
  return id3v1_file_tags(old);
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
    const auto counted = count_frames(descriptor, sound.offset.value, length.value);
    if (!counted) return std::unexpected(counted.error());
    return promise_of(counted->seconds, false);
  }
  const double bytes_a_second = static_cast<double>(format.sample_rate) * format.channels * stored_bits(format) / 8;
  const auto seconds = [&](ByteCount bytes) { return static_cast<double>(bytes.value) / bytes_a_second; };
  const double has = seconds(there), promised = seconds(sound.promised.value_or(there));
  // Of the other formats the header alone does not say how long it is.
  const bool is_plain = format.tag == kPcm || format.tag == kFloat || format.tag == kALaw || format.tag == kMuLaw;
  if (is_plain && has + kLengthSlack < promised * (1 - kLengthTolerance))
    return refused(fmt::format("This WAV file is incomplete: it should last {} but ends after {}. Export or upload it again.",
                               clock_text(promised), clock_text(has)));
  // What follows is no chunk: it may be the rest of the sound, of a file that was never closed or is larger than its header can say, or
  // what was on the disk before. Half a recording must not go out, and neither must noise.
  if (is_plain && !sound.ends_there)
    return refused(
        fmt::format("The length in this WAV file's header is wrong: it says {}, but {} of audio follows. Open the file in an audio editor, "
                    "check the end and export it again.",
                    clock_text(promised), clock_text(has)));
  return promise_of(std::min(has, promised), is_plain);
}

}  // namespace

Result<std::optional<Promise>> read_promise(int descriptor) {
  struct stat status{};
  if (fstat(descriptor, &status) != 0) return fail_errno("read", "the recording", errno);
  if (!S_ISREG(status.st_mode)) return fail(ErrorKind::internal, "the recording isn't a regular file");
  if (status.st_size == 0) return refused(fmt::format("The file is empty (0 bytes). {}.", protocol::kSupportedFormats));
  const ByteCount length{static_cast<std::uint64_t>(status.st_size)};
  if (const auto sound = read_wav(descriptor)) {
    auto promise = promise_of_wav(descriptor, *sound, length);
    if (!promise) return forward_error(promise);
    auto metadata = read_riff_metadata(descriptor, sound->format.sample_rate);
    promise->tags = std::move(metadata.tags);
    promise->chapters = std::move(metadata.chapters);
    return std::move(*promise);
  }
  std::array<std::byte, kSniffed> beginning{};
  const ssize_t got = pread(descriptor, beginning.data(), beginning.size(), 0);
  if (got < 0) return fail_errno("read", "the recording", errno);
  const auto head = std::span<const std::byte>{beginning}.first(static_cast<std::size_t>(got));
  if (auto taken = check_recording_kind(head); !taken) return forward_error(taken);
  if (needs_probe(head)) return std::nullopt;
  // A tag may hold a picture, and in a picture there are bytes that look like frames.
  auto promise = promise_of_frames(descriptor, head.size() >= kTagHeader ? id3_length(head).value : 0, length.value);
  if (promise && *promise) (*promise)->tags = tags_of_mp3(descriptor, head, length);
  return promise;
}

}  // namespace carillon::audio
