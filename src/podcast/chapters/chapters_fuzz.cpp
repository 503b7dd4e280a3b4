// Fuzz target: chapters that somebody else wrote, in every format, and times in notes. What is taken is in order and comes back the same
// from what we write.

#include "podcast/chapters/reading.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::podcast;
  const auto check = [](bool holds) {
    if (!holds) std::abort();
  };
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto in_notes = chapters_in_notes(text);
  check(in_notes.empty() || (in_notes.size() >= kLeastInNotes && in_notes.size() <= kMaxChapters));
  const auto read = read_chapters(text, {}, "de");
  if (!read) {
    check(!read.error().message.empty());
    check(!parse_chapters(text));
    return 0;
  }
  const auto& chapters = read->chapters;
  for (std::size_t i = 0; i < chapters.items.size(); ++i) {
    const auto& chapter = chapters.items[i];
    check(!chapter.end || *chapter.end >= chapter.start);
    check(i == 0 || chapters.items[i - 1].start <= chapter.start);
  }
  for (const auto& sentence : read->repairs) check(sentence.ends_with('.'));
  const auto written = render_chapters(chapters);
  // A line of three bytes ("0 \n") has its own object.
  check(chapters.items.size() <= kMaxChapters && written.size() <= 160 + 16 * size);
  // Escapes may make it longer than what is taken; what fits comes back whole.
  if (written.size() <= kLargestChapters) check(parse_chapters(written).value() == chapters);
  return 0;
}
