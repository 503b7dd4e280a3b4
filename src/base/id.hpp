#pragma once
// Ids of episodes, jobs, uploads: 26 characters of Crockford's base32 in lower case, 48 bits of time before 80 random ones (ULID),
// so that they sort by creation time and can't be guessed.

#include "base/random.hpp"
#include "base/time.hpp"

#include <string>
#include <string_view>

namespace carillon {

[[nodiscard]] std::string new_id(const Clock& clock, Random& random);
[[nodiscard]] bool is_id(std::string_view text) noexcept;

}  // namespace carillon
