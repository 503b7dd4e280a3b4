#pragma once
// Checks of user input for several parts of podcast/. Pure.

#include "base/result.hpp"

#include <string_view>

namespace carillon::podcast {

/// `invalid`, about `field`.
[[nodiscard]] std::unexpected<Error> wrong(std::string_view field, std::string sentence);

/// Of UTF-8; each invalid byte counts as one.
[[nodiscard]] std::size_t characters_in(std::string_view text) noexcept;

/// UTF-8 of at most `limit` characters as one clean line.
[[nodiscard]] Result<> check_line(std::string_view field, std::string_view text, std::size_t limit);

/// UTF-8 of at most `limit` bytes.
[[nodiscard]] Result<> check_text(std::string_view field, std::string_view text, std::size_t limit);

/// http:// or https:// followed by ASCII without spaces, quotes and angle brackets.
[[nodiscard]] bool is_web_address(std::string_view text);

}  // namespace carillon::podcast
