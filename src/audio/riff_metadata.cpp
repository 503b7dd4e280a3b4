// See riff_metadata.hpp.

#include "audio/riff_metadata.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace carillon::audio {
namespace {

constexpr int kMaxChunks = 1000;
constexpr std::size_t kHead = 8, kCueSize = 24;
/// Of "bext": description, originator and its reference come before the date.
constexpr std::size_t kDateAt = 256 + 32 + 32, kDateSize = 10;

std::uint64_t number_in(std::string_view bytes, bool is_big) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[is_big ? i : bytes.size() - 1 - i]);
  return number;
}

/// Up to `size` bytes of the file.
std::string read_text(int descriptor, std::uint64_t offset, std::size_t size) {
  std::string text(size, '\0');
  const ssize_t got = offset < (1ULL << 62) ? pread(descriptor, text.data(), size, static_cast<off_t>(offset)) : -1;
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

/// These texts end with a zero and are in whatever encoding the writer's system had: UTF-8, or Latin-1.
std::string text_of(std::string_view bytes) {
  bytes = bytes.substr(0, bytes.find('\0'));
  if (is_utf8(bytes)) return clean_file_tag(bytes);
  std::string text;
  for (const char c : bytes) append_utf8(text, static_cast<unsigned char>(c));
  return clean_file_tag(text);
}

/// Calls `take(name, content)` for each chunk in `bytes`.
template <class Take>
void each_chunk(std::string_view bytes, bool is_big, Take take) {
  for (int chunk = 0; chunk < kMaxChunks && bytes.size() >= kHead; ++chunk) {
    const auto name = bytes.substr(0, 4);
    const auto length = number_in(bytes.substr(4, 4), is_big);
    bytes.remove_prefix(kHead);
    take(name, bytes.substr(0, std::min<std::size_t>(length, bytes.size())));
    bytes.remove_prefix(std::min<std::size_t>(length + (length & 1), bytes.size()));
  }
}

/// Collects what the chunks say.
class Collected {
 public:
  Collected(bool is_big, std::uint32_t sample_rate) : is_big_{is_big}, sample_rate_{sample_rate} {}

  void take(std::string_view name, std::string_view content) {
    if (name == "cue ") take_cues(content);
    if (name == "LIST" && content.starts_with("INFO")) take_info(content.substr(4));
    if (name == "LIST" && content.starts_with("adtl")) take_labels(content.substr(4));
    if (name == "bext" && content.size() >= kDateAt + kDateSize) set(tags_.date, text_of(content.substr(kDateAt, kDateSize)));
    if (name == "id3 " || name == "ID3 ") {
      const auto tags = id3_file_tags(as_bytes(content));
      for (const auto member : {&FileTags::title, &FileTags::artist, &FileTags::album, &FileTags::date}) set(tags_.*member, tags.*member);
      id3_chapters_ = id3_chapters(as_bytes(content));
    }
  }
  RiffMetadata finish() {
    RiffMetadata result{.tags = std::move(tags_), .chapters = std::move(id3_chapters_)};
    if (!result.chapters.empty() || sample_rate_ == 0) return result;
    for (const auto& [id, position] : cues_) {
      const auto label = labels_.find(id);
      if (label == labels_.end() || label->second.empty()) continue;
      const std::chrono::milliseconds at{position * 1000 / sample_rate_};
      result.chapters.push_back({.start = at, .end = at, .title = label->second});
    }
    std::ranges::sort(result.chapters, {}, [](const TagChapter& chapter) { return std::pair{chapter.start, chapter.title}; });
    return result;
  }

 private:
  static void set(std::string& target, std::string value) {
    if (target.empty()) target = std::move(value);
  }
  void take_cues(std::string_view content) {
    if (content.size() < 4) return;
    content.remove_prefix(4);
    for (; content.size() >= kCueSize && cues_.size() < kMaxTagChapters; content.remove_prefix(kCueSize))
      cues_.emplace(number_in(content.substr(0, 4), is_big_), number_in(content.substr(20, 4), is_big_));
  }
  void take_info(std::string_view content) {
    each_chunk(content, is_big_, [&](std::string_view name, std::string_view text) {
      if (name == "INAM") set(tags_.title, text_of(text));
      if (name == "IART") set(tags_.artist, text_of(text));
      if (name == "IPRD") set(tags_.album, text_of(text));
      if (name == "ICRD") set(tags_.date, text_of(text));
    });
  }
  void take_labels(std::string_view content) {
    each_chunk(content, is_big_, [&](std::string_view name, std::string_view text) {
      if (name == "labl" && text.size() > 4 && labels_.size() < kMaxTagChapters)
        labels_.emplace(number_in(text.substr(0, 4), is_big_), text_of(text.substr(4)));
    });
  }

  bool is_big_;
  std::uint32_t sample_rate_;
  FileTags tags_;
  std::vector<TagChapter> id3_chapters_;
  std::map<std::uint64_t, std::uint64_t> cues_;  ///< samples from the start, by id
  std::map<std::uint64_t, std::string> labels_;
};

}  // namespace

RiffMetadata read_riff_metadata(int descriptor, std::uint32_t sample_rate) {
  const auto beginning = read_text(descriptor, 0, 12);
  if (beginning.size() < 12) return {};
  const bool is_big = beginning.starts_with("RIFX");
  const bool is_large = beginning.starts_with("RF64") || beginning.starts_with("BW64");
  Collected collected{is_big, sample_rate};
  std::uint64_t large_length = 0, offset = beginning.size();
  for (int chunk = 0; chunk < kMaxChunks; ++chunk) {
    const auto head = read_text(descriptor, offset, kHead);
    if (head.size() < kHead) break;
    const std::string_view name = std::string_view{head}.substr(0, 4);
    std::uint64_t length = number_in(std::string_view{head}.substr(4), is_big);
    offset += kHead;
    if (name == "data" && is_large) length = large_length;
    if (name == "ds64") {
      const auto sizes = read_text(descriptor, offset, 16);
      if (sizes.size() == 16) large_length = number_in(std::string_view{sizes}.substr(8), false);
    } else if (name == "cue " || name == "LIST" || name == "bext" || name == "id3 " || name == "ID3 ") {
      collected.take(name, read_text(descriptor, offset, static_cast<std::size_t>(std::min<std::uint64_t>(length, kLargestRiffChunk))));
    }
    if (length > (1ULL << 60)) break;
    offset += length + (length & 1);
  }
  return collected.finish();
}

}  // namespace carillon::audio
