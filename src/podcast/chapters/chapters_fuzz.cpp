// Fuzz target: chapters that somebody else wrote. What is taken is in order and comes back the same from what we write.

#include "podcast/chapters/chapters.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::podcast;
  const auto check = [](bool holds) {
    if (!holds) std::abort();
  };
  const auto chapters = parse_chapters({reinterpret_cast<const char*>(data), size});
  if (!chapters) {
    check(!chapters.error().message.empty());
    return 0;
  }
  for (std::size_t i = 0; i < chapters->items.size(); ++i) {
    const auto& chapter = chapters->items[i];
    check(!chapter.end || *chapter.end >= chapter.start);
    check(i == 0 || chapters->items[i - 1].start <= chapter.start);
  }
  const auto written = render_chapters(*chapters);
  check(chapters->items.size() <= kMaxChapters && written.size() <= 160 + 8 * size);
  // Escapes may make it longer than what is taken; what fits comes back whole.
  if (written.size() <= kLargestChapters) check(parse_chapters(written).value() == *chapters);
  return 0;
}
