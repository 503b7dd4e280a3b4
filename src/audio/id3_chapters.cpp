// See id3_chapters.hpp.

#include "audio/id3_chapters.hpp"

#include "audio/prefix.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon::audio {
namespace {

constexpr std::size_t kHeader = 10;        // of a tag and of a frame
constexpr std::size_t kChapterTimes = 16;  // start and end, in milliseconds and in bytes
constexpr char kUtf8 = 3;
constexpr std::uint32_t kUnknown = 0xFFFFFFFF;

std::uint8_t byte_at(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

std::uint32_t big_endian(std::string_view text) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | byte_at(text, i);
  return number;
}

/// Seven bits a byte (ID3v2.4 §6.2); none when a top bit is set.
std::optional<std::uint32_t> synchsafe(std::string_view text) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    if (byte_at(text, i) > 0x7F) return {};
    number = number << 7 | byte_at(text, i);
  }
  return number;
}

std::string written(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16 & 0xFF), static_cast<char>(number >> 8 & 0xFF),
          static_cast<char>(number & 0xFF)};
}

std::string written_synchsafe(std::size_t number) {
  return {static_cast<char>(number >> 21 & 0x7F), static_cast<char>(number >> 14 & 0x7F), static_cast<char>(number >> 7 & 0x7F),
          static_cast<char>(number & 0x7F)};
}

/// Takes the zeros out again that keep 0xFF bytes from looking like a frame (ID3v2.3 §5).
std::string resynchronised(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    plain += text[i];
    if (byte_at(text, i) == 0xFF && i + 1 < text.size() && text[i + 1] == '\0') ++i;
  }
  return plain;
}

std::string from_utf16(std::string_view text, bool little) {
  const auto unit = [&](std::size_t at) {
    return static_cast<std::uint32_t>(little ? byte_at(text, at) | byte_at(text, at + 1) << 8
                                             : byte_at(text, at) << 8 | byte_at(text, at + 1));
  };
  std::string result;
  for (std::size_t i = 0; i + 1 < text.size() && result.size() < kLongestTagText; i += 2) {
    std::uint32_t character = unit(i);
    if (character == 0) break;
    if (character >= 0xD800 && character < 0xDC00 && i + 3 < text.size() && unit(i + 2) >= 0xDC00 && unit(i + 2) < 0xE000) {
      character = 0x10000 + ((character - 0xD800) << 10) + (unit(i + 2) - 0xDC00);
      i += 2;
    }
    append_utf8(result, character >= 0xD800 && character < 0xE000 ? 0xFFFD : character);
  }
  return result;
}

/// The first value of a text frame (ID3v2.4 §4: the encoding byte, then the text), as one clean line.
std::string text_of(std::string_view content) {
  if (content.empty()) return {};
  const char encoding = content[0];
  content.remove_prefix(1);
  std::string text;
  if (encoding == 0) {
    for (const char c : content.substr(0, std::min(content.find('\0'), kLongestTagText))) append_utf8(text, static_cast<std::uint8_t>(c));
  } else if (encoding == 1) {
    const bool little = content.starts_with("\xFF\xFE"), big = content.starts_with("\xFE\xFF");
    text = from_utf16(content.substr(little || big ? 2 : 0), little);
  } else if (encoding == 2) {
    text = from_utf16(content, false);
  } else if (encoding == kUtf8) {
    text = content.substr(0, content.find('\0'));
  }
  auto clean = clean_for_xml(cut_to(text, kLongestTagText));
  std::ranges::replace_if(clean, [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F; }, ' ');
  return std::string(cut_to(trimmed(clean), kLongestTagText));
}

/// The address of a WXXX frame: behind the description, which ends with a zero of its encoding's width.
std::string link_of(std::string_view content) {
  if (content.empty()) return {};
  const bool wide = content[0] == 1 || content[0] == 2;
  std::size_t at = 1;
  while (at < content.size() && !(content[at] == '\0' && (!wide || (at + 1 < content.size() && content[at + 1] == '\0'))))
    at += wide ? 2 : 1;
  at += wide ? 2 : 1;
  if (at >= content.size()) return {};
  auto link = content.substr(at);
  link = link.substr(0, std::min(link.find('\0'), kLongestTagText));
  const bool plain = std::ranges::all_of(link, [](unsigned char c) { return c > ' ' && c < 0x7F; });
  return plain ? std::string(link) : std::string{};
}

constexpr std::string_view kWanted[] = {"CHAP", "TIT2", "WXXX", "TPE1", "TALB", "TDRC", "TYER"};

/// Frames one after the other, of a tag or within a chapter.
class Frames {
 public:
  Frames(std::string_view bytes, int version, bool unsynchronised) : rest_{bytes}, version_{version}, unsynchronised_{unsynchronised} {}

  struct Frame {
    std::string_view id;
    std::string content;
  };
  static bool is_id(std::string_view text) {
    return text.size() == 4 && std::ranges::all_of(text, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
  }
  /// Whether a frame of this size ends where another one begins, or where padding or the end does.
  [[nodiscard]] bool leads_on(std::uint32_t size) const {
    if (size > rest_.size() - kHeader) return false;
    const auto after = rest_.substr(kHeader + size);
    return after.size() < kHeader || after.front() == '\0' || is_id(after.substr(0, 4));
  }
  /// ID3v2.4 §4 wants synchsafe sizes; FFmpeg (its table of contents) and older iTunes write plain ones from 128 on.
  [[nodiscard]] std::optional<std::uint32_t> size_of_content() const {
    const auto plain = std::uint32_t{big_endian(rest_.substr(4))};
    if (version_ != 4) return plain;
    const auto safe = synchsafe(rest_.substr(4));
    if (safe && (leads_on(*safe) || !leads_on(plain))) return safe;
    return leads_on(plain) ? std::optional{plain} : std::nullopt;
  }
  /// The next one that can be read; none at the end, or where the rest is no frame.
  std::optional<Frame> next() {
    while (rest_.size() >= kHeader) {
      const auto id = rest_.substr(0, 4);
      if (!is_id(id)) return {};
      const auto size = size_of_content();
      if (!size || *size > rest_.size() - kHeader) return {};
      const auto flags = byte_at(rest_, 9);
      auto content = rest_.substr(kHeader, *size);
      rest_.remove_prefix(kHeader + *size);
      if (std::ranges::find(kWanted, id) == std::end(kWanted)) continue;
      if (version_ == 3) {
        if ((flags & 0xC0) != 0) continue;  // compressed, encrypted
        if ((flags & 0x20) != 0) content.remove_prefix(std::min<std::size_t>(1, content.size()));
        return Frame{id, std::string(content)};
      }
      if ((flags & 0x0C) != 0) continue;
      if ((flags & 0x40) != 0) content.remove_prefix(std::min<std::size_t>(1, content.size()));  // of a group
      if ((flags & 0x01) != 0) content.remove_prefix(std::min<std::size_t>(4, content.size()));  // says its length
      return Frame{id, unsynchronised_ || (flags & 0x02) != 0 ? resynchronised(content) : std::string(content)};
    }
    return {};
  }

 private:
  std::string_view rest_;
  int version_;
  bool unsynchronised_;
};

std::optional<TagChapter> chapter_of(std::string_view content, int version) {
  const auto name_end = content.find('\0');
  if (name_end == std::string_view::npos || content.size() - name_end - 1 < kChapterTimes) return {};
  const auto times = content.substr(name_end + 1);
  TagChapter chapter{.start = std::chrono::milliseconds{big_endian(times)}, .end = std::chrono::milliseconds{big_endian(times.substr(4))}};
  if (chapter.start.count() == kUnknown) return {};
  chapter.end = std::max(chapter.end, chapter.start);
  // What is in here was resynchronised with the whole.
  Frames inner{times.substr(kChapterTimes), version, false};
  while (const auto frame = inner.next()) {
    if (frame->id == "TIT2" && chapter.title.empty()) chapter.title = text_of(frame->content);
    if (frame->id == "WXXX" && chapter.url.empty()) chapter.url = link_of(frame->content);
  }
  return chapter;
}

std::string milliseconds_in_tag(std::chrono::milliseconds time) {
  return written(static_cast<std::uint32_t>(std::clamp<std::int64_t>(time.count(), 0, kUnknown - 1)));
}

std::string frame(std::string_view id, const std::string& content) {
  return std::string(id) + written_synchsafe(content.size()) + std::string(2, '\0') + content;
}

/// Calls `take(frame, version)` for each frame of the tag at the start of `bytes` until it returns false.
template <class Take>
void each_frame(std::span<const std::byte> bytes, Take take) {
  const auto length = id3_length(bytes).value;
  auto text = as_text(bytes.first(std::min<std::size_t>(bytes.size(), length)));
  if (text.size() < kHeader) return;
  const int version = byte_at(text, 3);
  if (version != 3 && version != 4) return;
  const auto flags = byte_at(text, 5);
  const bool unsynchronised = (flags & 0x80) != 0;
  text.remove_prefix(kHeader);
  std::string plain;
  if (version == 3 && unsynchronised) {
    plain = resynchronised(text);
    text = plain;
  }
  if ((flags & 0x40) != 0) {
    if (text.size() < 4) return;
    const auto extended = version == 4 ? synchsafe(text).value_or(kUnknown) : big_endian(text);
    const std::uint64_t skip = std::uint64_t{extended} + (version == 4 ? 0 : 4);
    if (skip > text.size()) return;
    text.remove_prefix(skip);
  }
  Frames frames{text, version, unsynchronised};
  while (const auto frame = frames.next()) {
    if (!take(*frame, version)) return;
  }
}

}  // namespace

std::vector<TagChapter> id3_chapters(std::span<const std::byte> bytes) {
  std::vector<TagChapter> chapters;
  each_frame(bytes, [&](const Frames::Frame& frame, int version) {
    if (frame.id != "CHAP") return true;
    if (auto chapter = chapter_of(frame.content, version)) chapters.push_back(std::move(*chapter));
    return chapters.size() < kMaxTagChapters;
  });
  // Stable without std::stable_sort, which asks libstdc++ for a buffer by a deprecated way: few tags are out of order, and none is long.
  for (std::size_t i = 1; i < chapters.size(); ++i) {
    const auto place = std::ranges::upper_bound(chapters.begin(), chapters.begin() + static_cast<std::ptrdiff_t>(i), chapters[i].start, {},
                                                &TagChapter::start);
    std::rotate(place, chapters.begin() + static_cast<std::ptrdiff_t>(i), chapters.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  }
  return chapters;
}

FileTags id3_file_tags(std::span<const std::byte> bytes) {
  FileTags tags;
  const auto set = [](std::string& target, const std::string& content) {
    if (target.empty()) target = clean_file_tag(text_of(content));
  };
  each_frame(bytes, [&](const Frames::Frame& frame, int) {
    if (frame.id == "TIT2") set(tags.title, frame.content);
    if (frame.id == "TPE1") set(tags.artist, frame.content);
    if (frame.id == "TALB") set(tags.album, frame.content);
    if (frame.id == "TDRC" || frame.id == "TYER") set(tags.date, frame.content);
    return true;
  });
  return tags;
}

FileTags id3v1_file_tags(std::span<const std::byte> bytes) {
  const auto tag = as_text(bytes);
  if (tag.size() != 128 || !tag.starts_with("TAG")) return {};
  const auto text = [&](std::size_t at, std::size_t length) {
    const auto field = tag.substr(at, length);
    return clean_file_tag(text_of(std::string(1, '\0') + std::string(field.substr(0, field.find('\0')))));
  };
  return {.title = text(3, 30), .artist = text(33, 30), .album = text(63, 30), .date = text(93, 4)};
}

std::string chapter_frames(const std::vector<TagChapter>& chapters) {
  if (chapters.empty()) return {};
  const auto count = std::min(chapters.size(), kMaxInContents);
  const auto name_of = [](std::size_t index) { return "ch" + std::to_string(index) + std::string(1, '\0'); };
  constexpr char kTopLevelInOrder = 3;
  std::string contents = std::string("toc") + '\0' + kTopLevelInOrder + static_cast<char>(count);
  std::string frames;
  for (std::size_t i = 0; i < count; ++i) {
    const auto& chapter = chapters[i];
    contents += name_of(i);
    std::string content =
        name_of(i) + milliseconds_in_tag(chapter.start) + milliseconds_in_tag(chapter.end) + written(kUnknown) + written(kUnknown);
    auto title = clean_for_xml(chapter.title);
    std::erase_if(title, [](char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == 0x7F; });
    if (!title.empty()) content += frame("TIT2", kUtf8 + std::string(cut_to(title, kLongestTagText)));
    const bool plain = std::ranges::all_of(chapter.url, [](unsigned char c) { return c > ' ' && c < 0x7F; });
    if (!chapter.url.empty() && plain) content += frame("WXXX", std::string(1, kUtf8) + '\0' + chapter.url.substr(0, kLongestTagText));
    frames += frame("CHAP", content);
  }
  return frame("CTOC", contents) + frames;
}

void move_chapters(std::string& tag, const std::function<void(TagChapter&)>& move) {
  const auto length = std::min<std::size_t>(tag.size(), id3_length(as_bytes(tag)).value);
  if (length < kHeader || byte_at(tag, 3) != 4 || byte_at(tag, 5) != 0) return;
  std::string_view rest = std::string_view{tag}.substr(0, length);
  for (auto at = kHeader; at + kHeader <= length;) {
    const auto frame = rest.substr(at);
    const auto size = synchsafe(frame.substr(4));
    if (!Frames::is_id(frame.substr(0, 4)) || !size || *size > frame.size() - kHeader) return;
    const auto content = frame.substr(kHeader, *size);
    const auto name_end = content.find('\0');
    if (frame.starts_with("CHAP") && name_end != std::string_view::npos && content.size() - name_end - 1 >= kChapterTimes) {
      const auto times = at + kHeader + name_end + 1;
      TagChapter chapter{.start = std::chrono::milliseconds{big_endian(rest.substr(times))},
                         .end = std::chrono::milliseconds{big_endian(rest.substr(times + 4))},
                         .title = {},
                         .url = {}};
      move(chapter);
      tag.replace(times, 8, milliseconds_in_tag(chapter.start) + milliseconds_in_tag(chapter.end));
    }
    at += kHeader + *size;
  }
}

}  // namespace carillon::audio
