// WebVTT (W3C, "WebVTT: The Web Video Text Tracks Format" §6) and SubRip, which has no specification: a line of times, lines of text, a
// blank line. Both as found in the wild: what a program or person surely meant is corrected and reported; a line that browsers would skip
// silently is rejected with its number.

#include "base/text.hpp"
#include "podcast/texts/lines.hpp"
#include "podcast/transcripts/cues.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace carillon::podcast::transcripts {
namespace {

using texts::is_usual_time;
using texts::Lines;
using texts::time_from;

struct Timing {
  std::chrono::milliseconds start, end;
  bool usual = true;  ///< as the format wants it
};

struct Arrow {
  std::size_t at = std::string_view::npos;
  std::size_t length = 0;
  bool usual = true;
};

Arrow arrow_in(std::string_view line) {
  constexpr std::string_view kArrow = "-->";
  if (const auto at = line.find(kArrow); at != std::string_view::npos) return {at, kArrow.size(), true};
  // What keyboards, word processors and web pages make of it.
  constexpr auto kOthers = std::to_array<std::string_view>({"--&gt;", "->", "-- >", "\u2013>", "\u2014>", "\u2192"});
  for (const auto other : kOthers) {
    if (const auto at = line.find(other); at != std::string_view::npos) return {at, other.size(), false};
  }
  return {};
}

/// "00:01.000 --> 00:02.000 align:start": what follows the second time is about the looks.
std::optional<Timing> timing_of(std::string_view line, bool vtt) {
  const auto arrow = arrow_in(line);
  if (arrow.at == std::string_view::npos) return {};
  const auto start_text = trimmed(line.substr(0, arrow.at)), rest = trimmed(line.substr(arrow.at + arrow.length));
  const auto end_text = rest.substr(0, rest.find_first_of(" \t"));
  const auto start = time_from(start_text);
  auto end = time_from(end_text);
  const auto usual = [&](std::string_view text) { return is_usual_time(text, '.') || (!vtt && is_usual_time(text, ',')); };
  bool is_usual = arrow.usual && usual(start_text) && usual(end_text);
  // "00: 00: 04, 000"
  if (const auto whole = time_from(rest); whole && rest.size() > end_text.size()) {
    end = whole;
    is_usual = false;
  }
  if (!start || !end) return {};
  // "10 -> 20" may be text.
  if (!arrow.usual && (!start_text.contains(':') || !rest.contains(':'))) return {};
  return Timing{*start, *end, is_usual};
}

bool is_aside(std::string_view line) {
  for (const std::string_view word : {"NOTE", "STYLE", "REGION"}) {
    if (line == word || (line.starts_with(word) && (line[word.size()] == ' ' || line[word.size()] == '\t'))) return true;
  }
  return false;
}

bool is_number(std::string_view line) { return parse_number(trimmed(line)).has_value(); }

/// "00:0l,000 --> 00:02,000" is a mistyped time, not text.
bool is_mistyped(std::string_view line, bool vtt) {
  if (!line.contains("-->")) return false;
  const auto words = trimmed(line);
  return vtt || (!words.empty() && words[0] >= '0' && words[0] <= '9');
}

/// Control characters don't get into cues, so a line of times is one even if there are some in it.
std::string without_invisible(std::string_view text) {
  std::string visible{text};
  std::erase_if(visible, [](char c) {
    const bool is_space = c == '\n' || c == '\r' || c == '\t' || c == '\f';
    return (static_cast<unsigned char>(c) < ' ' && !is_space) || c == 0x7F;
  });
  return visible;
}

class Parser {
 public:
  Parser(TranscriptFormat format, std::string_view text, Repairs& repairs)
      : vtt_{format == TranscriptFormat::vtt}, text_{without_invisible(text)}, lines_{text_}, repairs_{repairs}, cues_{repairs} {}
  Parser(const Parser&) = delete;  // lines_ are those of text_

  Result<std::vector<Cue>> parse() {
    if (vtt_) {
      if (auto read = read_head(); !read) return forward_error(read);
    }
    while (const auto line = next()) {
      if (trimmed(*line).empty()) continue;
      auto read = vtt_ && is_aside(*line) ? skip_block() : is_timing_here(*line) ? read_cue(*line) : read_other(*line);
      if (!read) return forward_error(read);
    }
    return cues_.finish();
  }

 private:
  std::optional<std::string_view> next() { return waiting_ ? std::exchange(waiting_, std::nullopt) : lines_.next(); }
  /// The line after the one that next() returned, which stays the next one.
  std::optional<std::string_view> following() const {
    auto copy = lines_;
    return copy.next();
  }
  [[nodiscard]] bool is_timing_here(std::string_view line) const { return is_mistyped(line, vtt_) || timing_of(line, vtt_).has_value(); }
  [[nodiscard]] bool is_blank(std::string_view line) const { return vtt_ ? line.empty() : trimmed(line).empty(); }
  [[nodiscard]] Place here() const { return {"line", lines_.number()}; }
  std::unexpected<Error> refused(std::string_view why) const {
    return fail(ErrorKind::invalid, name_of(here()) + ": " + std::string(why), "transcript");
  }
  std::unexpected<Error> no_times() const {
    return refused(std::string("expected cue times, e.g. “") + (vtt_ ? "00:01.000 --> 00:04.000" : "00:00:01,000 --> 00:00:04,000") + "”.");
  }

  Result<> read_head() {
    auto start = lines_;
    auto first = start.next();
    while (first && trimmed(*first).empty()) first = start.next();
    if (first && is_signature(*first)) {
      lines_ = start;
      return skip_block();
    }
    constexpr std::size_t kLooked = 3;  // a number, a name or a blank line above the first times
    auto ahead = lines_;
    for (std::size_t i = 0; i < kLooked; ++i) {
      const auto line = ahead.next();
      if (!line) break;
      if (!is_timing(*line)) continue;
      repairs_.note(Repair::no_signature, "line", 1);
      return {};
    }
    return fail(ErrorKind::invalid, "The first line of a WebVTT file must be “WEBVTT”.", "transcript");
  }

  /// What isn't a cue ends at a blank line, or above the times of one: a cue may begin right below (§6.1, "collect a WebVTT block").
  Result<> skip_block() {
    while (const auto line = lines_.next()) {
      if (line->empty()) break;
      if (!line->contains("-->")) continue;
      waiting_ = line;
      break;
    }
    return {};
  }

  Result<> read_cue(std::string_view line) {
    const auto timing = timing_of(line, vtt_);
    if (!timing) {
      return refused("“" + std::string(cut_to(trimmed(line), 80)) + "” isn't a valid time range, e.g. “" +
                     (vtt_ ? "00:01.000 --> 00:04.000" : "00:00:01,000 --> 00:00:04,000") + "”.");
    }
    const auto place = here();
    if (!timing->usual) repairs_.note(Repair::unusual_time, place.unit, place.number);
    std::string content;
    while (const auto more = lines_.next()) {
      if (is_blank(*more)) break;
      if (is_timing_here(*more)) {
        waiting_ = more;
        drop_number(content);
        repairs_.note(Repair::no_blank_line, "line", lines_.number());
        break;
      }
      if (content.size() > kLongestCue * 2) return refused("the text is too long for one cue.");
      if (!content.empty()) content += '\n';
      content += *more;
    }
    bare_ = trimmed(content).empty() ? std::optional{std::pair{*timing, place}} : std::nullopt;
    return add(*timing, place, content);
  }

  Result<> add(const Timing& timing, Place place, std::string_view content) {
    if (!has_voices(content)) return cues_.add({timing.start, {}, {}, without_markup(content)}, timing.end, place);
    for (auto& voice : voices_of(content)) {
      if (auto added = cues_.add({timing.start, {}, std::move(voice.speaker), std::move(voice.text)}, timing.end, place); !added)
        return added;
    }
    return {};
  }

  /// Without markup and names.
  [[nodiscard]] std::string plain(std::string_view content) const {
    if (!has_voices(content)) return without_markup(content);
    std::string text;
    for (const auto& voice : voices_of(content)) text += voice.text;
    return text;
  }
  /// SubRip has none, but some programs write them there, too.
  [[nodiscard]] bool has_voices(std::string_view content) const { return vtt_ || content.contains("<v "); }

  /// The line right above the times is the number of the cue.
  static void drop_number(std::string& content) {
    const auto last = content.rfind('\n');
    if (is_number(std::string_view(content).substr(last == std::string::npos ? 0 : last + 1)))
      content.resize(last == std::string::npos ? 0 : last);
  }

  /// The name or number of the cue below, or text that a blank line has separated from its cue.
  Result<> read_other(std::string_view line) {
    const auto below = following();
    if (below && is_timing_here(*below)) return {};
    const auto place = here();
    std::string content(is_number(line) ? "" : line);
    while (const auto more = lines_.next()) {
      if (is_blank(*more)) break;
      if (is_timing_here(*more)) {
        waiting_ = more;
        drop_number(content);
        break;
      }
      if (content.size() > kLongestCue * 2) return refused("the text is too long for one cue.");
      content.append("\n").append(*more);
    }
    if (const auto bare = std::exchange(bare_, std::nullopt); bare && !trimmed(content).empty()) {
      repairs_.note(Repair::loose_text, place.unit, place.number);
      return add(bare->first, bare->second, content);
    }
    const auto known = cues_.append(plain(content), place);
    if (!known) return std::unexpected(known.error());
    if (!*known) return fail(ErrorKind::invalid, name_of(place) + no_times().error().message.substr(name_of(here()).size()), "transcript");
    if (!trimmed(content).empty()) repairs_.note(Repair::loose_text, place.unit, place.number);
    return {};
  }

  bool vtt_;
  std::string text_;
  Lines lines_;
  Repairs& repairs_;
  Cues cues_;
  /// A line of times that ended what was above it.
  std::optional<std::string_view> waiting_;
  /// A cue without text; there is some behind a blank line, perhaps.
  std::optional<std::pair<Timing, Place>> bare_;
};

}  // namespace

bool is_timing(std::string_view line) { return timing_of(line, false).has_value(); }

bool is_signature(std::string_view line) {
  constexpr std::string_view kSignature = "WEBVTT";
  return line.starts_with(kSignature) &&
         (line.size() == kSignature.size() || line[kSignature.size()] == ' ' || line[kSignature.size()] == '\t');
}

Result<std::vector<Cue>> parse_timed(TranscriptFormat format, std::string_view text, Repairs& repairs) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return Parser{format, text, repairs}.parse();
}

}  // namespace carillon::podcast::transcripts
