#pragma once
// Makes text from people safe to show on terminals, in logs and in one-line fields. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// Whether a character moves a terminal's cursor, starts a terminal command, reorders surrounding text or is invisible: the control
/// characters C0, DEL and C1, direction marks (U+202A–U+202E, U+2066–U+2069 …), line separators, and zero-width characters. Includes tabs
/// and line ends, but not spaces.
[[nodiscard]] bool is_deceptive(char32_t character) noexcept;

/// `text` for one line of a terminal or a log: with spaces for tabs and line ends, "<U+202E>" for other deceptive characters, U+FFFD for
/// bytes that aren't UTF-8.
[[nodiscard]] std::string printable(std::string_view text);
/// The same, but keeps line ends (LF, CR LF) and tabs.
[[nodiscard]] std::string printable_lines(std::string_view text);
/// JSON with deceptive characters as JSON escapes: different bytes, the same values.
[[nodiscard]] std::string printable_json(std::string_view json);

/// `invalid` with a message about `field` if `text` isn't one line: if it contains line ends, U+2028, U+2029, tabs or other control
/// characters.
[[nodiscard]] Result<> check_one_line(std::string_view field, std::string_view text);

/// `text` as one clean line: one space for each run of white space with a line end or tab, none at the ends; without control characters,
/// invisible ones and those that reorder surrounding text. Characters that join letters or emoji (U+200C, U+200D) and mark right-to-left
/// text (U+200E, U+200F) are kept where they do that.
[[nodiscard]] std::string one_line(std::string_view text);

/// `text` without control characters except tabs and line ends.
[[nodiscard]] std::string without_controls(std::string_view text);

}  // namespace carillon
