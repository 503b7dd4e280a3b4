#pragma once
// Code shared by the three transcript parsers. Only for podcast/transcripts/.

#include "podcast/transcripts/transcript.hpp"

#include <optional>

namespace carillon::podcast::transcripts {

/// Lines of a text, ended by LF, CR LF or CR; counts them for messages. A copy continues from its position.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_{text}, more_{!text.empty()} {}
  /// The next line without its end, or none.
  std::optional<std::string_view> next();
  [[nodiscard]] std::size_t number() const noexcept { return number_; }  ///< of the line that next() last returned

 private:
  std::string_view rest_;
  bool more_;
  std::size_t number_ = 0;
};

/// "12:34:56.789", "34:56.789"; `mark` precedes the milliseconds.
[[nodiscard]] std::optional<std::chrono::milliseconds> time_from(std::string_view text, char mark);

/// Collects cues and rejects invalid ones.
class Cues {
 public:
  /// Adds a cue without control characters, blank lines and trailing white space. Skips empty ones. `where` starts the error message: "Line
  /// 17".
  [[nodiscard]] Result<> add(Cue cue, std::string_view where);
  [[nodiscard]] Result<std::vector<Cue>> finish();

 private:
  std::vector<Cue> cues_;
};

/// Removes control characters, blank lines and trailing white space.
[[nodiscard]] std::string tidy(std::string_view text);

/// Whether a line has the times of a SubRip cue.
[[nodiscard]] bool is_srt_timing(std::string_view line);

/// `text` with &amp; &lt; &gt; &quot; &apos; &nbsp; &lrm; &rlm; and numeric references resolved; others are unchanged.
[[nodiscard]] std::string without_references(std::string_view text);

Result<std::vector<Cue>> parse_vtt(std::string_view text);
Result<std::vector<Cue>> parse_srt(std::string_view text);
Result<std::vector<Cue>> parse_segments(std::string_view text);

}  // namespace carillon::podcast::transcripts
