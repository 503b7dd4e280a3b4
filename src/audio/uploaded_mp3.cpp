// See uploaded_mp3.hpp.

#include "audio/uploaded_mp3.hpp"

#include "audio/kinds.hpp"
#include "audio/mp3_frame.hpp"
#include "audio/prefix.hpp"

#include <algorithm>

namespace carillon::audio {
namespace {

constexpr std::size_t kHead = 64 * 1024, kTail = 256, kPiece = 1 << 20, kTagHeader = 10, kFrameHeader = 4;

Result<Bytes> read_all(const Body& body) {
  Bytes bytes(body.length().value);
  BodyReader reader{body};
  for (std::size_t filled = 0; filled < bytes.size();) {
    const auto got = reader.read(std::span{bytes}.subspan(filled), BodyReader::Wait::allowed);
    if (!got) return std::unexpected(got.error());
    filled += *got;
  }
  return bytes;
}

Result<Bytes> beginning_of(const Body& body, std::size_t length) {
  return read_all(body.part({}, ByteCount{std::min<std::uint64_t>(length, body.length().value)}));
}

/// Where the frames are; none if it isn't an MP3.
Result<std::optional<Body>> frames_in(const Body& recording) {
  const auto start = beginning_of(recording, kSniffed);
  if (!start) return std::unexpected(start.error());
  if (needs_probe(*start) || as_text(*start).starts_with("RIFF") || as_text(*start).starts_with("RIFX")) return std::nullopt;
  // A tag with a picture is longer than what is looked at.
  const auto tag = start->size() < kTagHeader ? ByteCount{} : std::min(id3_length(*start), recording.length());
  const auto rest = recording.part(tag, recording.length() - tag);
  const auto head = beginning_of(rest, kHead);
  if (!head) return std::unexpected(head.error());
  const auto tail_length = std::min<std::uint64_t>(kTail, rest.length().value);
  const auto tail = read_all(rest.part(ByteCount{rest.length().value - tail_length}, ByteCount{tail_length}));
  if (!tail) return std::unexpected(tail.error());
  const auto span = frames_of(*head, *tail, rest.length());
  if (!span) return std::nullopt;
  return rest.part(span->offset, span->length);
}

bool is_alike(const Mp3Header& one, const Mp3Header& other) {
  return one.version == other.version && one.sample_rate == other.sample_rate && one.channels == other.channels;
}

}  // namespace

Result<std::optional<std::chrono::microseconds>> copy_frames(const Body& recording, blob::Writer& target) {
  const auto frames = frames_in(recording);
  if (!frames) return std::unexpected(frames.error());
  if (!*frames) return std::nullopt;
  BodyReader reader{**frames};
  Bytes buffer(kPiece);
  std::size_t filled = 0;
  std::optional<Mp3Header> first;
  std::uint64_t samples = 0;
  for (;;) {
    const auto got = reader.read(std::span{buffer}.subspan(filled), BodyReader::Wait::allowed);
    if (!got) return std::unexpected(got.error());
    filled += *got;
    const std::span<const std::byte> bytes{buffer.data(), filled};
    std::size_t at = 0;
    bool is_frame = true;
    while (at + kFrameHeader <= filled) {
      const auto header = parse_mp3_header(bytes.subspan(at));
      is_frame = header && (!first || is_alike(*header, *first));
      if (!is_frame || at + header->length > filled) break;
      if (!first) first = header;
      at += header->length;
      samples += static_cast<std::uint64_t>(header->samples);
    }
    if (auto written = target.write(bytes.first(at)); !written) return forward_error(written);
    const std::size_t rest = filled - at;
    if (!is_frame || *got == 0) {
      if (!first || ByteCount{rest} + reader.left() > kLongestRest) return std::nullopt;
      return std::chrono::microseconds{
          static_cast<std::int64_t>(static_cast<unsigned __int128>(samples) * 1'000'000 / static_cast<unsigned>(first->sample_rate))};
    }
    std::copy(buffer.begin() + static_cast<std::ptrdiff_t>(at), buffer.begin() + static_cast<std::ptrdiff_t>(filled), buffer.begin());
    filled = rest;
  }
}

}  // namespace carillon::audio
