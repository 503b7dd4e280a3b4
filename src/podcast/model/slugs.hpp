#pragma once
// Slugs of titles in any writing.

#include <string>
#include <string_view>

namespace carillon::podcast {

/// As slug_of(), with other writings in Latin letters first: "Москва" → "moskva", "北京" → "bei-jing"; "" when nothing is left. Looks at
/// the beginning of long texts alone. Any thread.
[[nodiscard]] std::string readable_slug(std::string_view title);

}  // namespace carillon::podcast
