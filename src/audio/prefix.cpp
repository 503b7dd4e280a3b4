// Writing the tag and the Info frame of a master.

#include "audio/prefix.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace carillon::audio {
namespace {

/// A show's notes do not belong into a tag; with seven fields the tag stays far below what 28 bits of length can say.
constexpr std::size_t kLongestText = 64 * 1024;
constexpr char kUtf8 = 3;  // the encoding byte, ID3v2.4 §4

/// A length as ID3v2.4 §6.2 wants it: seven bits a byte, so that no byte can begin a frame's sync word.
std::string synchsafe(std::size_t length) {
  return {static_cast<char>(length >> 21 & 0x7F), static_cast<char>(length >> 14 & 0x7F), static_cast<char>(length >> 7 & 0x7F),
          static_cast<char>(length & 0x7F)};
}

std::string big_endian(std::uint64_t number) {
  return {static_cast<char>(number >> 24 & 0xFF), static_cast<char>(number >> 16 & 0xFF), static_cast<char>(number >> 8 & 0xFF),
          static_cast<char>(number & 0xFF)};
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

void append_frame(std::string& tag, std::string_view id, const std::string& content) {
  tag.append(id).append(synchsafe(content.size())).append(2, '\0').append(content);
}

void append_text(std::string& tag, std::string_view id, std::string_view text) {
  // A NUL would separate two values; line breaks confuse players. Broken UTF-8 is replaced by clean_for_xml.
  std::string clean = clean_for_xml(text);
  std::erase_if(clean, is_control);
  if (!clean.empty()) append_frame(tag, id, kUtf8 + std::string{cut_to(clean, kLongestText)});
}

/// URL frames are ISO 8859-1 without an encoding byte (ID3v2.4 §4.3), so what is not ASCII is escaped, as in any URL.
void append_link(std::string& tag, std::string_view id, std::string_view link) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string clean;
  for (const char c : link.substr(0, kLongestText)) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_control(c) || c == ' ' || byte >= 0x80)
      clean.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    else
      clean += c;
  }
  if (!clean.empty()) append_frame(tag, id, clean);
}

/// The header word of a frame without padding and CRC, as `stream` has them; `bitrate` is the index in the table of bitrates.
std::string header_word(const Mp3Header& stream, unsigned bitrate) {
  constexpr std::array<int, 3> kRates{44'100, 48'000, 32'000};
  const int divisor = stream.version == 1 ? 1 : stream.version == 2 ? 2 : 4;
  unsigned rate = 0;
  while (rate < 2 && kRates[rate] / divisor != stream.sample_rate) ++rate;
  const unsigned version = stream.version == 1 ? 3 : stream.version == 2 ? 2 : 0;
  const unsigned mode = stream.channels == 1 ? 3 : 1;  // mono, joint stereo
  return {static_cast<char>(0xFF), static_cast<char>(0xE0 | version << 3 | 1 << 1 | 1), static_cast<char>(bitrate << 4 | rate << 2),
          static_cast<char>(mode << 6)};
}

/// Where `part` of `parts` of the time begins, in bytes.
std::uint64_t place_of(const Mp3Stream& stream, std::uint64_t part, std::uint64_t parts) {
  if (stream.constant_bitrate || stream.places.empty()) return stream.length.value * part / parts;
  const auto index = stream.frames * part / parts / stream.stride;
  return stream.places[std::min<std::size_t>(index, stream.places.size() - 1)];
}

}  // namespace

std::string id3_tag(const Tag& tag) {
  std::string frames;
  append_text(frames, "TIT2", tag.title);
  append_text(frames, "TALB", tag.show);
  append_text(frames, "TPE1", tag.author);
  append_text(frames, "TCON", tag.genre);
  if (tag.number) append_text(frames, "TRCK", std::to_string(*tag.number));
  append_text(frames, "TDRC", tag.released);
  append_link(frames, "WOAF", tag.link);
  frames += chapter_frames(tag.chapters);
  if (frames.empty()) return {};
  constexpr std::string_view kVersion{"ID3\4\0\0", 6};
  return std::string{kVersion} + synchsafe(frames.size()) + frames;
}

std::string info_frame(const Mp3Stream& stream) {
  constexpr std::string_view kFields{"\0\0\0\7", 4};  // frames, bytes and table follow
  constexpr std::size_t kTable = 100;
  // The tag lies where a silent frame's main data would be. All zeros before it are side information that says: no bits for any granule.
  const std::size_t before = 4 + stream.first.side_info;
  const std::size_t needed = before + 4 + kFields.size() + 4 + 4 + kTable;
  std::string frame;
  std::size_t length = 0;
  for (unsigned bitrate = 1; bitrate < 15; ++bitrate) {
    frame = header_word(stream.first, bitrate);
    const auto header = parse_mp3_header(as_bytes(frame));
    length = header ? header->length : needed;
    if (header && header->bitrate >= stream.first.bitrate && length >= needed) break;
  }
  frame.resize(before, '\0');
  const std::uint64_t total = stream.length.value + length;
  // Programs that know the bitrate from the first frame trust it, unless it says “Xing”.
  frame.append(stream.constant_bitrate ? "Info" : "Xing")
      .append(kFields)
      .append(big_endian(std::min<std::uint64_t>(stream.frames, UINT32_MAX)));
  frame.append(big_endian(std::min<std::uint64_t>(total, UINT32_MAX)));
  // Byte positions as 256ths of the whole, for each hundredth of the time.
  for (std::uint64_t part = 0; part < kTable; ++part) {
    frame += static_cast<char>((length + place_of(stream, part, kTable)) * 256 / total);
  }
  frame.resize(length, '\0');
  return frame;
}

}  // namespace carillon::audio
