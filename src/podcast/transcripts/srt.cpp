// SubRip: a number, a line of times, text, a blank line. There is no specification; this is what players agree upon.

#include "base/text.hpp"
#include "podcast/transcripts/cues.hpp"

#include <utility>

namespace carillon::podcast::transcripts {
namespace {

std::optional<std::chrono::milliseconds> moment(std::string_view text) {
  // The comma is French; some programs write a point.
  if (const auto time = time_from(text, ',')) return time;
  return time_from(text, '.');
}

struct Times {
  std::chrono::milliseconds start, end;
};

std::optional<Times> times_of(std::string_view line) {
  const auto arrow = line.find("-->");
  if (arrow == std::string_view::npos) return {};
  const auto end_text = trimmed(line.substr(arrow + 3));
  const auto start = moment(trimmed(line.substr(0, arrow))), end = moment(end_text.substr(0, end_text.find_first_of(" \t")));
  if (!start || !end) return {};
  return Times{*start, *end};
}

/// Off with <i>, <font …> and {\an8}; what only looks like one stays.
std::string without_markup(std::string_view text) {
  std::string plain;
  bool tags_end = true, overrides_end = true;
  while (!text.empty()) {
    const auto open = text.find_first_of("<{");
    plain += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const bool tag =
        text[0] == '<' && text.size() > 1 && (text[1] == '/' || (text[1] >= 'a' && text[1] <= 'z') || (text[1] >= 'A' && text[1] <= 'Z'));
    const bool override = text.starts_with("{\\");
    auto close = std::string_view::npos;
    if (tag || override) {
      // Where one search found no end, the next one will not: each would go through all of the rest.
      bool& ends = tag ? tags_end : overrides_end;
      if (ends) close = text.find(tag ? '>' : '}');
      ends = close != std::string_view::npos;
    }
    if (close == std::string_view::npos) {
      plain += text[0];
      text.remove_prefix(1);
    } else {
      text.remove_prefix(close + 1);
    }
  }
  return plain;
}

}  // namespace

bool is_srt_timing(std::string_view line) { return times_of(line).has_value(); }

Result<std::vector<Cue>> parse_srt(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Lines lines{text};
  Cues cues;
  // The times of a cue that begins without a blank line above it.
  std::optional<std::string_view> waiting;
  while (auto line = waiting ? std::exchange(waiting, std::nullopt) : lines.next()) {
    if (trimmed(*line).empty()) continue;
    // The number is often wrong and says nothing that the order does not.
    if (line->find("-->") == std::string_view::npos && parse_number(trimmed(*line))) line = lines.next();
    const auto where = "Line " + std::to_string(lines.number());
    const auto times = line ? times_of(*line) : std::nullopt;
    if (!times) return fail(ErrorKind::invalid, where + ": expected cue times, e.g. “00:00:01,000 --> 00:00:04,000”.", "transcript");
    std::string content;
    while (const auto more = lines.next()) {
      if (trimmed(*more).empty()) break;
      if (is_srt_timing(*more)) {
        waiting = more;
        // What stands right above the times is the number of the cue.
        const auto last = content.rfind('\n');
        const auto number = std::string_view(content).substr(last == std::string::npos ? 0 : last + 1);
        if (parse_number(trimmed(number))) content.resize(last == std::string::npos ? 0 : last);
        break;
      }
      if (content.size() > kLongestCue * 2) return fail(ErrorKind::invalid, where + ": the text is too long for one cue.", "transcript");
      if (!content.empty()) content += '\n';
      content += *more;
    }
    if (auto added = cues.add({times->start, times->end, {}, without_markup(content)}, where); !added) return forward_error(added);
  }
  return cues.finish();
}

}  // namespace carillon::podcast::transcripts
