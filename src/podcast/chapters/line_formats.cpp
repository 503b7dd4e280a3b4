// Chapters as lines of text: MP4Chaps ("00:01:02.500 Title <https://…>"), Audacity's labels ("62.5<tab>70<tab>Title"), and the lines with
// times in show notes.

#include "base/printable.hpp"
#include "base/text.hpp"
#include "podcast/chapters/collector.hpp"
#include "podcast/chapters/reading.hpp"
#include "podcast/model/checks.hpp"
#include "podcast/texts/lines.hpp"

#include <algorithm>
#include <array>

namespace carillon::podcast {
namespace chapters {
namespace {

using texts::time_from;

/// Start, end and title between tabs. A label at one place has the same start and end.
std::optional<Chapter> label_in(std::string_view line) {
  const auto fields = split(line, '\t');
  if (fields.size() < 2) return {};
  const auto start = time_from(fields[0]), end = time_from(fields[1]);
  if (!start || !end) return {};
  Chapter chapter{.start = *start, .end = {}, .title = {}, .location = {}};
  if (*end != *start) chapter.end = end;
  for (std::size_t i = 2; i < fields.size(); ++i) chapter.title += (i == 2 ? "" : " ") + std::string(fields[i]);
  return chapter;
}

/// "00:01:02.500 Title <https://example.org/>"
std::optional<Chapter> mp4_chapter_in(std::string_view line) {
  const auto text = trimmed(line);
  const auto space = text.find_first_of(" \t");
  const auto start = time_from(text.substr(0, space));
  if (!start) return {};
  Chapter chapter{.start = *start, .end = {}, .title = {}, .location = {}};
  auto title = space == std::string_view::npos ? std::string_view{} : trimmed(text.substr(space));
  if (const auto open = title.rfind('<'); open != std::string_view::npos && title.ends_with('>')) {
    const auto url = title.substr(open + 1, title.size() - open - 2);
    if (is_web_address(url)) {
      chapter.url = url;
      title = trimmed(title.substr(0, open));
    }
  }
  chapter.title = title;
  return chapter;
}

}  // namespace

Result<std::vector<Chapter>> parse_lines(std::string_view text, Repairs& repairs) {
  texts::Lines lines{text};
  Collector collector{"line", repairs};
  while (const auto line = lines.next()) {
    // "\" starts the frequencies of the label above.
    if (trimmed(*line).empty() || line->starts_with('\\')) continue;
    auto chapter = label_in(*line);
    if (!chapter) chapter = mp4_chapter_in(*line);
    if (!chapter)
      return fail(ErrorKind::invalid,
                  "Line " + std::to_string(lines.number()) + ": expected a time and a title, e.g. “00:01:02.500 The bell”.", "chapters");
    if (auto added = collector.add(std::move(*chapter), lines.number()); !added) return forward_error(added);
  }
  return collector.finish();
}

}  // namespace chapters

namespace {

/// A line each for what HTML shows as one; other tags are removed.
std::string without_tags(std::string_view notes) {
  constexpr auto kBlocks = std::to_array<std::string_view>({"p", "br", "li", "div", "ul", "ol", "tr", "h1", "h2", "h3", "h4"});
  std::string text;
  while (!notes.empty()) {
    const auto open = notes.find('<');
    text += notes.substr(0, open);
    if (open == std::string_view::npos) break;
    notes.remove_prefix(open);
    const auto close = notes.substr(0, 2048).find('>');
    if (close == std::string_view::npos) {
      text += '<';
      notes.remove_prefix(1);
      continue;
    }
    auto name = notes.substr(1, close - 1);
    if (name.starts_with('/')) name.remove_prefix(1);
    name = name.substr(0, name.find_first_of(" \t\r\n/"));
    if (std::ranges::find(kBlocks, lower_ascii(name)) != kBlocks.end()) text += '\n';
    notes.remove_prefix(close + 1);
  }
  return text;
}

/// "[12:30](https://…)" → "12:30".
std::string without_links(std::string_view line) {
  std::string text;
  while (!line.empty()) {
    const auto open = line.find('[');
    text += line.substr(0, open);
    if (open == std::string_view::npos) break;
    line.remove_prefix(open);
    const auto middle = line.find("](");
    const auto close = middle == std::string_view::npos ? std::string_view::npos : line.find(')', middle);
    if (close == std::string_view::npos) {
      text += line;
      break;
    }
    text += line.substr(1, middle - 1);
    line.remove_prefix(close + 1);
  }
  return text;
}

std::string_view without_edges(std::string_view text, std::string_view marks) {
  const auto first = text.find_first_not_of(marks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(marks) - first + 1);
}

/// Without the marks of emphasis and code; dashes of every length, which are several bytes, become "-".
std::string with_plain_marks(std::string_view text) {
  std::string plain(text);
  std::erase_if(plain, [](char c) { return c == '*' || c == '`'; });
  for (const std::string_view dash : {"\u2013", "\u2014", "\u2022", "\u00B7", "\u2192"}) {
    for (auto at = plain.find(dash); at != std::string::npos; at = plain.find(dash, at)) plain.replace(at, dash.size(), "-");
  }
  return plain;
}

/// Whether it's written as a time of the clock: "2:30" or "1:02:30", but not "5".
std::optional<std::chrono::milliseconds> clock_time(std::string_view text) {
  const bool digits = std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == ':'; });
  const auto parts = split(text, ':');
  if (!digits || (parts.size() != 2 && parts.size() != 3) || parts.back().size() != 2) return {};
  return texts::time_from(text);
}

std::optional<Chapter> note_chapter_in(std::string_view line) {
  constexpr std::string_view kMarks = " \t-+|:()[]#>~_";
  const auto plain = with_plain_marks(without_links(line));
  const auto text = without_edges(plain, " \t-+|()[]#>~_");
  const auto first = text.substr(0, text.find_first_of(" \t-)]|_~"));
  const auto last_mark = text.find_last_of(" \t-([|_~");
  const auto last = last_mark == std::string_view::npos ? std::string_view{} : text.substr(last_mark + 1);
  Chapter chapter{.start = {}, .end = {}, .title = {}, .location = {}};
  const auto cleaned = without_edges(first, ":");
  if (const auto start = clock_time(cleaned)) {
    chapter.start = *start;
    chapter.title = one_line(without_edges(text.substr(first.size()), kMarks));
  } else if (const auto end = clock_time(last)) {
    chapter.start = *end;
    chapter.title = one_line(without_edges(text.substr(0, text.size() - last.size()), kMarks));
  } else {
    return {};
  }
  // A second time in the line is the end of a range: "12:30 - 14:00 The bell".
  const auto second = chapter.title.substr(0, chapter.title.find(' '));
  if (clock_time(second)) chapter.title = one_line(without_edges(std::string_view(chapter.title).substr(second.size()), kMarks));
  if (chapter.title.empty() || characters_in(chapter.title) > kLongestChapterTitle) return {};
  return chapter;
}

}  // namespace

std::vector<Chapter> chapters_in_notes(std::string_view notes) {
  std::vector<Chapter> found;
  const auto text = without_tags(notes);
  texts::Lines lines{text};
  while (const auto line = lines.next()) {
    constexpr std::size_t kLongestLine = 2048;
    if (line->size() > kLongestLine) continue;
    auto chapter = note_chapter_in(*line);
    if (!chapter) continue;
    if (found.size() == kMaxChapters || (!found.empty() && chapter->start <= found.back().start)) return {};
    found.push_back(std::move(*chapter));
  }
  if (found.size() < kLeastInNotes) return {};
  return found;
}

}  // namespace carillon::podcast
