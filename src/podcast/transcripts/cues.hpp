#pragma once
// What the three readers of transcripts share. For podcast/transcripts/ alone.

#include "podcast/transcripts/transcript.hpp"

#include <optional>

namespace carillon::podcast::transcripts {

/// Lines of a text, ended by LF, CR LF or CR; counts them for sentences. A copy goes on where it was made.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_{text}, more_{!text.empty()} {}
  /// The next line without its end, or none.
  std::optional<std::string_view> next();
  [[nodiscard]] std::size_t number() const noexcept { return number_; }  ///< of the line that next() gave last

 private:
  std::string_view rest_;
  bool more_;
  std::size_t number_ = 0;
};

/// "12:34:56.789", "34:56.789"; `mark` stands before the milliseconds.
[[nodiscard]] std::optional<std::chrono::milliseconds> time_from(std::string_view text, char mark);

/// Collects cues and refuses what cannot be one.
class Cues {
 public:
  /// Adds a cue, tidied: control characters and blank lines out, white space at the ends of lines too. One without a word is passed over.
  /// `where` begins the sentence of a refusal: "Line 17".
  [[nodiscard]] Result<> add(Cue cue, std::string_view where);
  [[nodiscard]] Result<std::vector<Cue>> finish();

 private:
  std::vector<Cue> cues_;
};

/// Control characters and blank lines out, white space at the ends of lines too.
[[nodiscard]] std::string tidy(std::string_view text);

/// Whether a line is the times of a SubRip cue.
[[nodiscard]] bool is_srt_timing(std::string_view line);

/// `text` with &amp; &lt; &gt; &quot; &apos; &nbsp; &lrm; &rlm; and numeric references resolved; others stay as they are.
[[nodiscard]] std::string without_references(std::string_view text);

Result<std::vector<Cue>> parse_vtt(std::string_view text);
Result<std::vector<Cue>> parse_srt(std::string_view text);
Result<std::vector<Cue>> parse_segments(std::string_view text);

}  // namespace carillon::podcast::transcripts
