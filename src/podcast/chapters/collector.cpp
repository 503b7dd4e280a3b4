// See collector.hpp.

#include "podcast/chapters/collector.hpp"

#include "base/printable.hpp"
#include "podcast/model/checks.hpp"
#include "podcast/model/metadata.hpp"

#include <algorithm>
#include <numeric>

namespace carillon::podcast::chapters {

Result<> Collector::add(Chapter chapter, std::size_t number) {
  const auto refused = [&](std::string_view why) {
    std::string place(unit_);
    place[0] = static_cast<char>(place[0] - 'a' + 'A');
    return fail(ErrorKind::invalid, place + " " + std::to_string(number) + ": " + std::string(why), "chapters");
  };
  if (chapters_.size() == kMaxChapters)
    return fail(ErrorKind::too_large, "The file has more than " + std::to_string(kMaxChapters) + " chapters, which is the limit.",
                "chapters");
  chapter.title = one_line(chapter.title);
  if (characters_in(chapter.title) > kLongestChapterTitle)
    return refused("the title is longer than " + std::to_string(kLongestChapterTitle) + " characters.");
  if (std::max(chapter.start, chapter.end.value_or(chapter.start)) > kLongestEpisode)
    return refused("the time is later than " + std::to_string(kLongestEpisode.count()) + " hours, the limit.");
  if (chapter.end && *chapter.end < chapter.start) return refused("the chapter ends before it starts.");
  for (auto* link : {&chapter.url, &chapter.img}) {
    *link = one_line(*link);
    if (link->empty() || is_web_address(*link)) continue;
    repairs_.note(Repair::bad_link, unit_, number);
    link->clear();
  }
  if (chapter.start < latest_) repairs_.note(Repair::order, unit_, number);
  latest_ = std::max(latest_, chapter.start);
  chapters_.push_back(std::move(chapter));
  return {};
}

Result<std::vector<Chapter>> Collector::finish() {
  if (chapters_.empty()) return fail(ErrorKind::invalid, "The file has no chapters.", "chapters");
  sort_by_time(chapters_);
  return std::move(chapters_);
}

void sort_by_time(std::vector<Chapter>& chapters) {
  std::vector<std::size_t> order(chapters.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair{chapters[i].start, i}; });
  std::vector<Chapter> sorted;
  for (const auto i : order) sorted.push_back(std::move(chapters[i]));
  chapters = std::move(sorted);
}

}  // namespace carillon::podcast::chapters
