// See stitching.hpp.

#include "delivery/stitching.hpp"

#include "audio/id3_chapters.hpp"
#include "audio/master.hpp"

#include <map>
#include <optional>

namespace carillon::delivery {
namespace {

using std::chrono::microseconds;

constexpr std::size_t kHeader = 4;

Result<audio::Mp3Header> header_of(const Body& body, const Piece& piece) {
  if (piece.offset + piece.length > body.length() || piece.length < ByteCount{kHeader})
    return fail(ErrorKind::corrupt, "the file " + piece.frames.hex() + " is shorter than the arrangement needs");
  const auto bytes = whole(body.part(piece.offset, ByteCount{kHeader}));
  if (!bytes) return std::unexpected(bytes.error());
  const auto header = audio::parse_mp3_header(as_bytes(*bytes));
  if (!header)
    return fail(ErrorKind::corrupt, "there is no MP3 frame at byte " + std::to_string(piece.offset.value) + " of " + piece.frames.hex());
  return *header;
}

bool is_same(const audio::Mp3Header& one, const audio::Mp3Header& other) {
  return one.version == other.version && one.bitrate == other.bitrate && one.sample_rate == other.sample_rate &&
         one.channels == other.channels;
}

microseconds time_of(std::uint64_t frames, const audio::Mp3Header& format) {
  return audio::Mp3Stream{.first = format, .frames = frames, .length = {}}.duration();
}

}  // namespace

Result<Stitched> stitch(const Arrangement& arrangement, const OpenBlob& open) {
  std::map<Digest, Body> files;
  std::optional<audio::Mp3Header> format;
  Body frames;
  std::uint64_t heard = 0;  // frames so far
  std::vector<ContentPart> parts;
  for (const auto& piece : arrangement.pieces) {
    auto file = files.find(piece.frames);
    if (file == files.end()) {
      auto body = open(piece.frames);
      if (!body) return forward_error(body);
      file = files.emplace(piece.frames, std::move(*body)).first;
    }
    const auto header = header_of(file->second, piece);
    if (!header) return std::unexpected(header.error());
    if (!format) format = *header;
    if (!is_same(*header, *format))
      return fail(ErrorKind::corrupt, "the file " + piece.frames.hex() + " has a different format than the audio before it");
    const auto before = audio::frames_in(piece.offset, *format), count = audio::frames_in(piece.length, *format);
    if (piece.frames == arrangement.content)
      parts.push_back({.from = time_of(before, *format), .to = time_of(before + count, *format), .at = time_of(heard, *format)});
    heard += count;
    frames.append(file->second.part(piece.offset, piece.length));
  }
  if (!format) return fail(ErrorKind::invalid, "an arrangement needs at least one piece");
  const audio::Mp3Stream stream{.first = *format, .frames = heard, .length = frames.length()};
  TimeLine times{std::move(parts), stream.duration()};

  auto prefix = open(arrangement.prefix);
  if (!prefix) return forward_error(prefix);
  auto slices = audio::slices_of(*prefix, std::move(frames));
  if (!slices) return forward_error(slices);
  auto tag = whole(slices->tag);
  if (!tag) return forward_error(tag);
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  audio::move_chapters(*tag, [&times](audio::TagChapter& chapter) {
    chapter.start = duration_cast<milliseconds>(times.start(chapter.start));
    chapter.end = std::max(chapter.start, duration_cast<milliseconds>(times.end(chapter.end)));
  });
  slices->tag = Body::of(std::move(*tag));
  slices->info = Body::of(audio::info_frame(stream));
  return Stitched{.body = slices->whole(), .times = std::move(times)};
}

}  // namespace carillon::delivery
