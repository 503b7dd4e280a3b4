#pragma once
// Words for people, made of what the catalogue holds: the beginning of a text, a duration, a day. Pure.

#include "base/time.hpp"

#include <string>
#include <string_view>

namespace carillon::site {

/// The text of safe HTML without its tags, white space folded; character references are resolved. Stops after `most` bytes or a little
/// more: an excerpt needs no more of long notes.
[[nodiscard]] std::string text_of(std::string_view html, std::size_t most = std::string_view::npos);
/// At most about `limit` bytes, cut between words, with "…" where something is missing.
[[nodiscard]] std::string beginning_of(std::string_view text, std::size_t limit);
/// The beginning of the text of safe HTML.
[[nodiscard]] std::string excerpt_of(std::string_view html, std::size_t limit);
/// "45 s", "12 min", "1 h 5 min".
[[nodiscard]] std::string spoken(std::chrono::microseconds duration);
/// The first letter or digit as it stands, upper case if it is ASCII; punctuation is passed over; "♪" when there is none.
[[nodiscard]] std::string initial_of(std::string_view title);

}  // namespace carillon::site
