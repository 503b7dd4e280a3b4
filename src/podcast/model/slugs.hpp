#pragma once
// Slugs from titles in any script.

#include <string>
#include <string_view>

namespace carillon::podcast {

/// Like slug_of(), but transliterates other scripts to Latin first: "Москва" → "moskva", "北京" → "bei-jing"; "" if nothing is left. Only
/// uses the beginning of long texts. Any thread.
[[nodiscard]] std::string readable_slug(std::string_view title);

}  // namespace carillon::podcast
