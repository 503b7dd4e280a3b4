// WebVTT (W3C, "WebVTT: The Web Video Text Tracks Format" §6), as strictly as a file must be that people will read: a line that browsers
// would pass over in silence is refused with its number.

#include "base/text.hpp"
#include "podcast/transcripts/cues.hpp"

#include <utility>

namespace carillon::podcast::transcripts {
namespace {

std::string line_name(const Lines& lines) { return "Line " + std::to_string(lines.number()); }

std::unexpected<Error> refused(const Lines& lines, std::string_view why) {
  return fail(ErrorKind::invalid, line_name(lines) + ": " + std::string(why), "transcript");
}

/// One voice of a cue's text: tags taken off, references resolved.
struct Voice {
  std::string speaker;
  std::string text;
};

/// "<v Ada>Hello</v> <i>you</i>" → who says what. A "<" that no ">" follows is text.
std::vector<Voice> voices_of(std::string_view text) {
  std::vector<Voice> voices(1);
  while (!text.empty()) {
    const auto open = text.find('<');
    voices.back().text += without_references(text.substr(0, open));
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const auto close = text.find('>');
    if (close == std::string_view::npos) {
      voices.back().text += without_references(text);
      break;
    }
    auto tag = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (tag == "/v") {
      voices.emplace_back();
    } else if (tag == "v" || tag.starts_with("v ") || tag.starts_with("v.") || tag.starts_with("v\t")) {
      const auto blank = tag.find_first_of(" \t\n");
      voices.push_back({blank == std::string_view::npos ? std::string{} : without_references(trimmed(tag.substr(blank))), {}});
    }
  }
  return voices;
}

struct Timing {
  std::chrono::milliseconds start, end;
};

/// "00:01.000 --> 00:02.000 align:start": what follows the second time is about the looks.
std::optional<Timing> timing_of(std::string_view line) {
  const auto arrow = line.find("-->");
  if (arrow == std::string_view::npos) return {};
  auto end_text = trimmed(line.substr(arrow + 3));
  end_text = end_text.substr(0, end_text.find_first_of(" \t"));
  const auto start = time_from(trimmed(line.substr(0, arrow)), '.'), end = time_from(end_text, '.');
  if (!start || !end) return {};
  return Timing{*start, *end};
}

bool is_aside(std::string_view line) {
  for (const std::string_view word : {"NOTE", "STYLE", "REGION"}) {
    if (line == word || (line.starts_with(word) && (line[word.size()] == ' ' || line[word.size()] == '\t'))) return true;
  }
  return false;
}

}  // namespace

Result<std::vector<Cue>> parse_vtt(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Lines lines{text};
  const auto signature = lines.next().value_or("");
  if (signature != "WEBVTT" && !signature.starts_with("WEBVTT ") && !signature.starts_with("WEBVTT\t"))
    return fail(ErrorKind::invalid, "The first line of a WebVTT file must be “WEBVTT”.", "transcript");
  // What is no cue ends at a blank line, or above the times of one: a cue may begin right below (§6.1, "collect a WebVTT block").
  std::optional<std::string_view> waiting;
  const auto skip_block = [&] {
    while (const auto line = lines.next()) {
      if (line->empty()) return;
      if (line->contains("-->")) {
        waiting = line;
        return;
      }
    }
  };
  const auto next = [&]() -> std::optional<std::string_view> { return waiting ? std::exchange(waiting, std::nullopt) : lines.next(); };
  skip_block();
  Cues cues;
  while (auto line = next()) {
    if (trimmed(*line).empty()) continue;
    if (line->find("-->") == std::string_view::npos) {
      if (is_aside(*line)) {
        skip_block();
        continue;
      }
      // The cue's own name.
      line = lines.next();
      if (!line || line->find("-->") == std::string_view::npos)
        return refused(lines, "expected cue times, e.g. “00:01.000 --> 00:04.000”.");
    }
    const auto timing = timing_of(*line);
    if (!timing)
      return refused(lines, "“" + std::string(cut_to(*line, 80)) + "” isn't a valid time range, e.g. “00:01.000 --> 00:04.000”.");
    const auto where = line_name(lines);
    std::string content;
    while (const auto more = lines.next()) {
      if (more->empty()) break;
      if (more->find("-->") != std::string_view::npos) return refused(lines, "a blank line is missing between two cues.");
      if (content.size() > kLongestCue * 2) return refused(lines, "the text is too long for one cue.");
      if (!content.empty()) content += '\n';
      content += *more;
    }
    for (auto& voice : voices_of(content)) {
      if (auto added = cues.add({timing->start, timing->end, std::move(voice.speaker), std::move(voice.text)}, where); !added)
        return forward_error(added);
    }
  }
  return cues.finish();
}

}  // namespace carillon::podcast::transcripts
