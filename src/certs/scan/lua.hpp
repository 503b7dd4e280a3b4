#pragma once
// Lua inside configurations of nginx (OpenResty). Pure.

#include <cstddef>
#include <string_view>

namespace carillon::certs {

/// The position after the brace that closes a Lua block. `at` is the position after its opening brace. Braces in strings and comments don't
/// count (Lua 5.1 §2.1). The end of the text if the block isn't closed.
[[nodiscard]] std::size_t end_of_lua_block(std::string_view text, std::size_t at) noexcept;

}  // namespace carillon::certs
