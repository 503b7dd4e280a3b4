#pragma once
// Lines and times of text files. Pure.

#include <chrono>
#include <optional>
#include <string_view>

namespace carillon::podcast::texts {

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

/// A position in a recording as programs and people write it: hours, minutes and seconds ("1:02:03.5"), minutes and seconds ("75:10,25"),
/// seconds alone ("0.860"), each with up to nine digits behind a point or comma, which are cut to milliseconds; also "00:00:01:500" and
/// spaces around the marks. None for anything else, and beyond 999 hours.
[[nodiscard]] std::optional<std::chrono::milliseconds> time_from(std::string_view text);

/// "12:34:56.789", "34:56.789": the notation of WebVTT (§4.1, "WebVTT timestamp") with `mark` before the milliseconds.
[[nodiscard]] bool is_usual_time(std::string_view text, char mark);

}  // namespace carillon::podcast::texts
