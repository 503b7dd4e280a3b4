#pragma once
// Code shared by the parsers of transcripts. Only for podcast/transcripts/.

#include "podcast/texts/repairs.hpp"
#include "podcast/transcripts/transcript.hpp"

#include <optional>

namespace carillon::podcast::transcripts {

using texts::Repair;
using texts::Repairs;

/// A place in a file, for messages: "line" 17.
struct Place {
  std::string_view unit;  ///< a literal
  std::size_t number = 0;
};
/// "Line 17".
[[nodiscard]] std::string name_of(const Place& place);

/// Collects cues, corrects what is certain, and rejects invalid ones.
class Cues {
 public:
  explicit Cues(Repairs& repairs) : repairs_{repairs} {}
  /// Adds a cue without control characters, blank lines and trailing white space. Skips empty ones. One that ends less than kMaxRounding
  /// before it starts gets another end. `end` is none if the file doesn't say it.
  [[nodiscard]] Result<> add(Cue cue, std::optional<std::chrono::milliseconds> end, Place place);
  /// Appends text that has no times of its own to the last cue; false if there is none.
  [[nodiscard]] Result<bool> append(std::string_view text, Place place);
  /// In order of time; an end that is missing is the start of the next cue, and of the last one the time it takes to say it.
  [[nodiscard]] Result<std::vector<Cue>> finish();

 private:
  Repairs& repairs_;
  std::vector<Cue> cues_;
  std::vector<bool> endless_;
  std::chrono::milliseconds latest_{};
  bool sorted_ = true;
};

inline constexpr std::chrono::seconds kMaxRounding{1};

/// Removes control characters, blank lines and trailing white space.
[[nodiscard]] std::string tidy(std::string_view text);

/// `text` with &amp; &lt; &gt; &quot; &apos; &nbsp; &lrm; &rlm; and numeric references resolved; others are unchanged.
[[nodiscard]] std::string without_references(std::string_view text);

/// One voice of a cue's text.
struct Voice {
  std::string speaker;
  std::string text;
};
/// WebVTT: "<v Ada>Hello</v> <i>you</i>" → who says what; tags removed, references resolved. A "<" without a ">" is text.
[[nodiscard]] std::vector<Voice> voices_of(std::string_view text);
/// SubRip: removes <i>, <font …> and {\an8}, but not what only looks like markup.
[[nodiscard]] std::string without_markup(std::string_view text);

/// Whether a line has the times of a cue.
[[nodiscard]] bool is_timing(std::string_view line);
/// "WEBVTT", perhaps followed by white space and a title.
[[nodiscard]] bool is_signature(std::string_view line);

/// WebVTT or SubRip.
Result<std::vector<Cue>> parse_timed(TranscriptFormat format, std::string_view text, Repairs& repairs);
/// The JSON of the Podcasting 2.0 namespace, Podlove and Whisper.
Result<std::vector<Cue>> parse_segments(std::string_view text, Repairs& repairs);

/// HTML as the Podcasting 2.0 namespace describes it: <cite>, <time>, <p>.
struct HtmlTranscript {
  std::vector<Cue> cues;   ///< if there is a <time>
  std::string paragraphs;  ///< otherwise, separated by blank lines
};
Result<HtmlTranscript> parse_html(std::string_view text, Repairs& repairs);

/// Moves names at the start of cues ("Ada Tide: Hello", "[SPEAKER 1]: …") to Cue::speaker, if they're surely names: in capitals, numbered
/// like "Speaker 1", or at the start of at least two cues.
void name_speakers(std::vector<Cue>& cues, Repairs& repairs);

}  // namespace carillon::podcast::transcripts
