#pragma once
// Text of people where it could fool its reader: on terminals, in logs, in fields that are one line. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// Whether a character moves a terminal's cursor, begins a command of it, reorders what stands around it or cannot be seen: the control
/// characters C0, DEL and C1, marks of direction (U+202A–U+202E, U+2066–U+2069 …), line separators, and what has no width. Blanks are none
/// of these; tabs and line ends are.
[[nodiscard]] bool is_deceptive(char32_t character) noexcept;

/// `text` for one line of a terminal or a log: blanks for tabs and line ends, "<U+202E>" for other deceptive characters, U+FFFD for bytes
/// that are no UTF-8.
[[nodiscard]] std::string printable(std::string_view text);
/// The same with its line ends (LF, CR LF) and tabs kept.
[[nodiscard]] std::string printable_lines(std::string_view text);
/// A JSON text in which deceptive characters are written as JSON's escapes: other bytes, the same values.
[[nodiscard]] std::string printable_json(std::string_view json);

/// `invalid` about `field` with a sentence when `text` is not one line of text: line ends, U+2028, U+2029, tabs and other control
/// characters.
[[nodiscard]] Result<> check_one_line(std::string_view field, std::string_view text);

/// `text` made one clean line: one blank for each run of white space that has a line end or a tab in it, none at the ends; without control
/// characters and those that cannot be seen or reorder what stands around them. What joins letters of other writings or emoji (U+200C,
/// U+200D) and marks the direction of text from right to left (U+200E, U+200F) stays where it does that.
[[nodiscard]] std::string one_line(std::string_view text);

/// `text` without control characters but tabs and line ends.
[[nodiscard]] std::string without_controls(std::string_view text);

}  // namespace carillon
