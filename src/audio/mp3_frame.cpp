// The tables of ISO/IEC 11172-3 and 13818-3 (MPEG-2.5: the extension of Fraunhofer) and the walk over frames.

#include "audio/mp3_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace carillon::audio {
namespace {

// Layer III, kbit/s; index 0 is free format, 15 forbidden (ISO/IEC 11172-3 §2.4.2.3, 13818-3 §2.4.2.3).
constexpr std::array<int, 16> kBitrates1{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0};
constexpr std::array<int, 16> kBitrates2{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0};
constexpr std::array<int, 4> kSampleRates{44'100, 48'000, 32'000, 0};
constexpr std::size_t kHeaderSize = 4, kCrcSize = 2;

unsigned octet(std::byte byte) { return std::to_integer<unsigned>(byte); }

bool same_format(const Mp3Header& a, const Mp3Header& b) {
  return a.version == b.version && a.sample_rate == b.sample_rate && a.channels == b.channels;
}

}  // namespace

std::optional<Mp3Header> parse_mp3_header(std::span<const std::byte> bytes) noexcept {
  if (bytes.size() < kHeaderSize || octet(bytes[0]) != 0xFF || (octet(bytes[1]) & 0xE0) != 0xE0) return std::nullopt;
  const unsigned version = octet(bytes[1]) >> 3 & 3, layer = octet(bytes[1]) >> 1 & 3;
  const unsigned bitrate = octet(bytes[2]) >> 4, rate = octet(bytes[2]) >> 2 & 3, emphasis = octet(bytes[3]) & 3;
  // Reserved values, and free format, whose length only a search for the next frame could tell.
  if (version == 1 || layer != 1 || bitrate == 0 || bitrate == 15 || rate == 3 || emphasis == 2) return std::nullopt;
  Mp3Header header;
  header.version = version == 3 ? 1 : version == 2 ? 2 : 25;
  header.bitrate = (header.version == 1 ? kBitrates1 : kBitrates2)[bitrate] * 1000;
  header.sample_rate = kSampleRates[rate] / (header.version == 1 ? 1 : header.version == 2 ? 2 : 4);
  header.channels = octet(bytes[3]) >> 6 == 3 ? 1 : 2;
  header.crc = (octet(bytes[1]) & 1) == 0;
  header.padding = (octet(bytes[2]) & 2) != 0;
  header.samples = header.version == 1 ? 1152 : 576;
  header.length = static_cast<std::size_t>(header.samples / 8 * header.bitrate / header.sample_rate) + (header.padding ? 1 : 0);
  header.side_info = header.version == 1 ? (header.channels == 1 ? 17 : 32) : (header.channels == 1 ? 9 : 17);
  return header;
}

std::optional<int> main_data_begin(std::span<const std::byte> frame) noexcept {
  const auto header = parse_mp3_header(frame);
  if (!header) return std::nullopt;
  const std::size_t at = kHeaderSize + (header->crc ? kCrcSize : 0);
  if (frame.size() < at + 2) return std::nullopt;
  const unsigned high = octet(frame[at]);
  return static_cast<int>(header->version == 1 ? high << 1 | octet(frame[at + 1]) >> 7 : high);
}

std::chrono::microseconds Mp3Stream::duration() const noexcept {
  if (first.sample_rate <= 0) return {};
  const auto samples = static_cast<unsigned __int128>(frames) * static_cast<unsigned>(first.samples);
  return std::chrono::microseconds{static_cast<std::int64_t>(samples * 1'000'000 / static_cast<unsigned>(first.sample_rate))};
}

std::uint64_t frames_in(ByteCount length, const Mp3Header& format) noexcept {
  if (format.bitrate <= 0 || format.samples <= 0) return 0;
  // length / (samples / 8 * bitrate / rate), rounded
  const auto bytes = static_cast<unsigned __int128>(format.samples / 8) * static_cast<unsigned>(format.bitrate);
  const auto scaled = static_cast<unsigned __int128>(length.value) * static_cast<unsigned>(format.sample_rate);
  return static_cast<std::uint64_t>((scaled + bytes / 2) / bytes);
}

Result<> Mp3Walker::feed(std::span<const std::byte> bytes) {
  while (!bytes.empty() || !rest_.empty()) {
    // A frame that lies whole in `bytes` is looked at where it is; only what crosses the border between two pieces is copied.
    std::span<const std::byte> frame = rest_.empty() ? bytes : std::span<const std::byte>{rest_};
    if (frame.size() < kHeaderSize) {
      if (!borrow(bytes, kHeaderSize)) return {};
      continue;
    }
    const auto header = parse_mp3_header(frame);
    if (!header) return fail(ErrorKind::corrupt, fmt::format("expected an MP3 frame at byte {}", stream_.length.value));
    if (frame.size() < header->length) {
      if (!borrow(bytes, header->length)) return {};
      continue;
    }
    if (auto taken = take(*header, frame.first(header->length)); !taken) return taken;
    if (rest_.empty())
      bytes = bytes.subspan(header->length);
    else
      rest_.clear();
  }
  return {};
}

/// Moves bytes into `rest_` until it holds `wanted`; false when there are not that many yet.
bool Mp3Walker::borrow(std::span<const std::byte>& bytes, std::size_t wanted) {
  const std::size_t count = std::min(wanted - rest_.size(), bytes.size());
  rest_.insert(rest_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
  bytes = bytes.subspan(count);
  return rest_.size() == wanted;
}

Result<> Mp3Walker::take(const Mp3Header& header, std::span<const std::byte> frame) {
  if (stream_.frames == 0)
    stream_.first = header;
  else if (!same_format(header, stream_.first)) {
    return fail(ErrorKind::corrupt,
                fmt::format("the MP3 frame at byte {} has a different format than the first one", stream_.length.value));
  }
  stream_.constant_bitrate &= header.bitrate == stream_.first.bitrate;
  stream_.reservoir |= main_data_begin(frame).value_or(0) != 0;
  if (stream_.frames % stream_.stride == 0) {
    if (stream_.places.size() == Mp3Stream::kMaxPlaces) {
      for (std::size_t i = 0; i < Mp3Stream::kMaxPlaces / 2; ++i) stream_.places[i] = stream_.places[2 * i];
      stream_.places.resize(Mp3Stream::kMaxPlaces / 2);
      stream_.stride *= 2;
    }
    stream_.places.push_back(stream_.length.value);
  }
  ++stream_.frames;
  stream_.length += ByteCount{header.length};
  return {};
}

Result<Mp3Stream> Mp3Walker::finish() {
  if (!rest_.empty()) return fail(ErrorKind::corrupt, fmt::format("the MP3 frame at byte {} is truncated", stream_.length.value));
  if (stream_.frames == 0) return fail(ErrorKind::corrupt, "the file contains no MP3 frames");
  return stream_;
}

}  // namespace carillon::audio
