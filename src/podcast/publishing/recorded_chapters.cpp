// See recorded_chapters.hpp.

#include "podcast/publishing/recorded_chapters.hpp"

#include "audio/master.hpp"
#include "base/text.hpp"
#include "podcast/model/checks.hpp"

namespace carillon::podcast {
namespace {

/// At most `limit` characters of a text.
std::string beginning_of(std::string_view text, std::size_t limit) {
  while (characters_in(text) > limit) text = cut_to(text, text.size() - 1);
  return std::string(text);
}

}  // namespace

Result<Chapters> chapters_in(const Body& recording, const audio::Promise& promise, std::chrono::microseconds duration) {
  auto tagged = promise.chapters.empty() ? audio::chapters_in(recording) : promise.chapters;
  if (!tagged) return forward_error(tagged);
  Chapters chapters;
  for (auto& found : *tagged) {
    if (found.title.empty() || found.start >= duration) continue;
    Chapter chapter{.start = found.start, .title = beginning_of(found.title, kLongestChapterTitle)};
    if (is_web_address(found.url)) chapter.url = std::move(found.url);
    chapters.items.push_back(std::move(chapter));
  }
  return chapters;
}

}  // namespace carillon::podcast
