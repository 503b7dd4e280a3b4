// Fuzz target: chapters in somebody else's ID3 tag. What is found is in order, is clean text, and comes back from a tag of ours.

#include "audio/id3_chapters.hpp"
#include "audio/prefix.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::audio;
  const auto check = [](bool holds) {
    if (!holds) std::abort();
  };
  auto chapters = id3_chapters({reinterpret_cast<const std::byte*>(data), size});
  check(chapters.size() <= kMaxTagChapters);
  for (std::size_t i = 0; i < chapters.size(); ++i) {
    const auto& chapter = chapters[i];
    check(chapter.end >= chapter.start && is_utf8(chapter.title) && chapter.title.size() <= kLongestTagText);
    check(std::ranges::none_of(chapter.title, [](unsigned char c) { return c < ' '; }));
    check(i == 0 || chapters[i - 1].start <= chapter.start);
  }
  if (chapters.size() > kMaxInContents) chapters.resize(kMaxInContents);
  // The one time that means "unknown" is moved by a millisecond.
  for (auto& chapter : chapters) chapter.end = std::min(chapter.end, std::chrono::milliseconds{0xFFFFFFFE});
  const auto tag = id3_tag({.title = "t", .chapters = chapters});
  check(id3_length(as_bytes(tag)).value == tag.size());
  check(id3_chapters(as_bytes(tag)) == chapters);
  return 0;
}
