#pragma once
// Text from people and peers. Everything is UTF-8.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;  ///< RFC 3629: no surrogates, no overlong forms
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
[[nodiscard]] std::string lower_ascii(std::string_view text);
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;  ///< ASCII
/// For case-insensitive comparison of titles: replaces every letter by its lower-case form. Invalid bytes are kept.
[[nodiscard]] std::string folded(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;  ///< decimal digits only, no sign, no overflow

/// Removes characters that XML 1.0 §2.2 doesn't allow (control characters except tab, LF, CR; U+FFFE, U+FFFF) and replaces invalid UTF-8
/// with U+FFFD.
[[nodiscard]] std::string clean_for_xml(std::string_view text);

/// &, <, >, " and ' escaped; for text and attributes in HTML and XML. Doesn't clean the text.
[[nodiscard]] std::string escaped_markup(std::string_view text);

/// At most `limit` bytes of `text`, cut between characters.
[[nodiscard]] std::string_view cut_to(std::string_view text, std::size_t limit) noexcept;

/// "Ä talk, again!" → "a-talk-again": ASCII letters, digits and single hyphens; "" if nothing is left.
[[nodiscard]] std::string slug_of(std::string_view text);
/// 1–64 of a–z, 0–9 and inner hyphens.
[[nodiscard]] bool is_slug(std::string_view text) noexcept;

/// The word of `known` that is closest to `word` (Levenshtein), for "did you mean"; none if nothing is close.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace carillon
