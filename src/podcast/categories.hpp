#pragma once
// Apple's list of podcast categories (podcasters.apple.com, "Apple Podcasts categories").

#include "podcast/show.hpp"

namespace carillon::podcast {

/// `invalid` with the nearest known name when the category, or the sub-category within it, is not on the list.
[[nodiscard]] Result<> check_category(const Category& category);

}  // namespace carillon::podcast
