// Finding the frames of an MP3 that somebody else wrote, between the tags around them.

#include "audio/prefix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace carillon::audio {
namespace {

constexpr std::uint64_t kId3Header = 10, kId3v1 = 128, kApeHeader = 32;
/// Some programs leave padding or rubbish between tag and first frame; more than this is no MP3.
constexpr std::size_t kSearchLimit = 16 * 1024;
/// An Xing or VBRI tag lies within the first bytes of its frame.
constexpr std::size_t kXingEnd = 4 + 2 + 32 + 4;
constexpr std::size_t kVbriOffset = 4 + 32;

bool has(std::span<const std::byte> bytes, std::size_t at, std::string_view text) {
  return bytes.size() >= at + text.size() && as_text(bytes.subspan(at, text.size())) == text;
}

std::uint32_t little_endian(std::span<const std::byte> bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i-- > 0;) number = number << 8 | std::to_integer<std::uint32_t>(bytes[i]);
  return number;
}

/// The tags at the end: their bytes together. None when one says it is longer than the file.
std::optional<std::uint64_t> length_of_tail_tags(std::span<const std::byte> tail, std::uint64_t total) {
  std::uint64_t length = 0;
  if (tail.size() >= kId3v1 && has(tail, tail.size() - kId3v1, "TAG")) length = kId3v1;
  if (tail.size() < length + kApeHeader) return length;
  const auto footer = tail.subspan(tail.size() - length - kApeHeader, kApeHeader);
  if (!has(footer, 0, "APETAGEX")) return length;
  // The size counts the footer, not the header; bit 31 of the flags says whether there is one (APE tags 2.0).
  length += little_endian(footer.subspan(12)) + ((little_endian(footer.subspan(20)) >> 31) != 0 ? kApeHeader : 0);
  if (length > total) return std::nullopt;
  return length;
}

bool is_info_frame(std::span<const std::byte> frame, const Mp3Header& header) {
  const std::size_t plain = 4 + header.side_info;  // a CRC is not counted by those who write the tag, but by some
  for (const std::size_t at : {plain, plain + 2}) {
    if (has(frame, at, "Xing") || has(frame, at, "Info")) return true;
  }
  return has(frame, kVbriOffset, "VBRI");
}

}  // namespace

ByteCount id3_length(std::span<const std::byte> bytes) noexcept {
  if (bytes.size() < kId3Header || !has(bytes, 0, "ID3")) return {};
  const auto at = [&](std::size_t i) { return std::to_integer<std::uint64_t>(bytes[i]); };
  // No version is 0xFF and every length byte has its top bit clear (ID3v2.4 §3.1).
  if (at(3) == 0xFF || at(4) == 0xFF || ((at(6) | at(7) | at(8) | at(9)) & 0x80) != 0) return {};
  const bool footer = (at(5) & 0x10) != 0;
  return {kId3Header + (at(6) << 21 | at(7) << 14 | at(8) << 7 | at(9)) + (footer ? kId3Header : 0)};
}

Result<FrameSpan> frames_of(std::span<const std::byte> head, std::span<const std::byte> tail, ByteCount total) {
  const auto none = [](std::string_view why) { return fail(ErrorKind::invalid, fmt::format("this isn't an MP3 file: {}", why)); };
  const bool whole = head.size() >= total.value;
  const auto beyond = [](std::uint64_t from) {
    return fail(ErrorKind::too_large,
                fmt::format("the tags at the start of the MP3 file end at byte {}, beyond the part that was read", from));
  };
  std::uint64_t offset = 0;
  while (offset < head.size()) {
    const auto length = id3_length(head.subspan(offset)).value;
    if (length == 0) break;
    offset += length;
  }
  if (offset >= total.value) return none("there is nothing after its tags");
  if (!whole && offset >= head.size()) return beyond(offset);
  const auto tags = length_of_tail_tags(tail, total.value);
  if (!tags) return none("the APE tag at its end is longer than the file");
  const std::uint64_t end = total.value - std::min(*tags, total.value);

  // The first frame is one behind which another of its kind begins, or the file's last.
  const std::uint64_t last = offset + kSearchLimit;
  for (; offset <= last && offset < end; ++offset) {
    if (!whole && offset + kXingEnd > head.size()) return beyond(offset + kXingEnd);
    const auto header = parse_mp3_header(head.subspan(offset));
    if (!header) continue;
    const std::uint64_t next = offset + header->length;
    if (next > end) continue;
    if (next < end) {
      if (!whole && next + 4 > head.size()) return beyond(next + 4);
      const auto second = parse_mp3_header(head.subspan(next));
      if (!second || second->version != header->version || second->sample_rate != header->sample_rate) continue;
    }
    if (is_info_frame(head.subspan(offset, std::min<std::size_t>(header->length, head.size() - offset)), *header)) offset = next;
    if (offset >= end) return none("it has an Info frame, but no audio after it");
    return FrameSpan{{offset}, {end - offset}};
  }
  return none("there is no MP3 frame after its tags");
}

}  // namespace carillon::audio
