#pragma once
// Apple's list of podcast categories (podcasters.apple.com, "Apple Podcasts categories").

#include "podcast/model/show.hpp"

#include <span>
#include <string_view>

namespace carillon::podcast {

struct KnownCategory {
  std::string_view name;
  std::span<const std::string_view> subs;
};

/// The whole list, in Apple's order; it stays for the program's life.
[[nodiscard]] std::span<const KnownCategory> known_categories();

/// `invalid` with the nearest known name when the category, or the sub-category within it, is not on the list.
[[nodiscard]] Result<> check_category(const Category& category);

}  // namespace carillon::podcast
