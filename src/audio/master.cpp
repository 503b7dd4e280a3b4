// See master.hpp.

#include "audio/master.hpp"

#include <algorithm>
#include <array>

namespace carillon::audio {
namespace {

/// Frames may be longer than what went in by this much: the encoder's delay, and what fills the last one.
constexpr std::chrono::milliseconds kMaxPadding{200};
constexpr std::size_t kPiece = 1 << 20;
constexpr std::size_t kTagHeader = 10, kFrameHeader = 4;
constexpr std::string_view kInfo = "Info";
/// The name of an Info frame is within its first bytes: behind its header and its side information.
constexpr std::size_t kInfoStart = kFrameHeader + 32 + kInfo.size();

/// Up to into.size() bytes from `offset`.
Result<std::span<const std::byte>> read_at(const Body& body, ByteCount offset, std::span<std::byte> into) {
  BodyReader reader{body.part(offset, ByteCount{std::min<std::uint64_t>(into.size(), (body.length() - offset).value)})};
  std::size_t filled = 0;
  while (reader.left().value > 0) {
    const auto got = reader.read(into.subspan(filled), BodyReader::Wait::allowed);
    if (!got) return std::unexpected(got.error());
    filled += *got;
  }
  return std::span<const std::byte>{into.first(filled)};
}

Result<std::optional<Mp3Header>> header_at(const Body& frames, ByteCount offset) {
  std::array<std::byte, kFrameHeader> bytes;
  const auto read = read_at(frames, offset, bytes);
  if (!read) return std::unexpected(read.error());
  return parse_mp3_header(*read);
}

bool is_same(const Mp3Header& one, const Mp3Header& other) {
  return one.version == other.version && one.bitrate == other.bitrate && one.sample_rate == other.sample_rate &&
         one.channels == other.channels;
}

}  // namespace

Body MasterSlices::whole() const {
  Body body;
  for (const auto* part : {&tag, &info, &frames}) body.append(*part);
  return body;
}

std::string prefix_of(const Tag& tag, const Mp3Stream& frames) { return id3_tag(tag) + info_frame(frames); }

Result<MasterSlices> slices_of(const Body& prefix, Body frames) {
  std::array<std::byte, kTagHeader> start;
  const auto tag_header = read_at(prefix, {}, start);
  if (!tag_header) return std::unexpected(tag_header.error());
  auto tag = std::min(id3_length(*tag_header), prefix.length());
  const auto rest = prefix.part(tag, prefix.length() - tag);
  std::array<std::byte, kInfoStart> bytes;
  const auto read = read_at(rest, {}, bytes);
  if (!read) return std::unexpected(read.error());
  const auto header = parse_mp3_header(*read);
  const bool is_info =
      header && ByteCount{header->length} == rest.length() && as_text(*read).substr(kFrameHeader + header->side_info).starts_with(kInfo);
  if (!is_info) tag = prefix.length();
  return MasterSlices{.tag = prefix.part({}, tag), .info = prefix.part(tag, prefix.length() - tag), .frames = std::move(frames)};
}

Result<Mp3Stream> stream_of(const Body& frames) {
  BodyReader reader{frames};
  Mp3Walker walker;
  Bytes piece(kPiece);
  while (reader.left().value > 0) {
    const auto got = reader.read(piece, BodyReader::Wait::allowed);
    if (!got) return std::unexpected(got.error());
    if (auto fed = walker.feed(std::span<const std::byte>{piece}.first(*got)); !fed) return forward_error(fed);
  }
  return walker.finish();
}

Result<> check_master(const Body& frames, Format format, std::chrono::microseconds duration) {
  const auto stream = stream_of(frames);
  if (!stream) return std::unexpected(stream.error());
  if (!stream->constant_bitrate || stream->reservoir)
    return fail(ErrorKind::internal, "the encoder produced frames that depend on each other");
  const auto& first = stream->first;
  if (first.bitrate != format.bitrate || first.channels != format.channels || first.sample_rate != format.sample_rate)
    return fail(ErrorKind::internal, "the encoder produced frames in a different format than requested");
  if (std::chrono::abs(stream->duration() - duration) > kMaxPadding)
    return fail(ErrorKind::internal, "the encoded audio isn't as long as the encoder reported");
  return {};
}

Result<ByteCount> cut_at(const Body& frames, std::chrono::microseconds time) {
  const auto first = header_at(frames, {});
  if (!first) return std::unexpected(first.error());
  if (!*first) return fail(ErrorKind::corrupt, "a master doesn't start with an MP3 frame");
  const auto samples = static_cast<std::uint64_t>((*first)->samples), rate = static_cast<std::uint64_t>((*first)->sample_rate);
  const auto moment = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
  const auto index = static_cast<std::uint64_t>(static_cast<unsigned __int128>(moment) * rate / (samples * 1'000'000));
  const auto expected =
      static_cast<std::uint64_t>(static_cast<unsigned __int128>(index) * (samples / 8) * static_cast<unsigned>((*first)->bitrate) / rate);
  // Frames are as long as the bitrate says on average; padding keeps each within one byte of where it should begin.
  for (const auto at : {expected, expected + 1, expected - std::min<std::uint64_t>(expected, 1)}) {
    if (at >= frames.length().value) return frames.length();
    const auto here = header_at(frames, ByteCount{at});
    if (!here) return std::unexpected(here.error());
    if (!*here || !is_same(**here, **first)) continue;
    const auto end = at + (*here)->length;
    if (end == frames.length().value) return ByteCount{at};
    if (end > frames.length().value) continue;
    // Sound can look like the header of a frame; it does not lead to another one.
    const auto next = header_at(frames, ByteCount{end});
    if (!next) return std::unexpected(next.error());
    if (*next && is_same(**next, **first)) return ByteCount{at};
  }
  return fail(ErrorKind::corrupt, "there is no MP3 frame near byte " + std::to_string(expected) + ", where one should start");
}

Result<std::vector<TagChapter>> chapters_in(const Body& recording) {
  std::array<std::byte, kTagHeader> start;
  const auto header = read_at(recording, {}, start);
  if (!header) return std::unexpected(header.error());
  Bytes tag(std::min(id3_length(*header), kLargestTagRead).value);
  const auto read = read_at(recording, {}, tag);
  if (!read) return std::unexpected(read.error());
  return id3_chapters(*read);
}

}  // namespace carillon::audio
