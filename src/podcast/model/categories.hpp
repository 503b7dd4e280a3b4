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

/// The whole list, in Apple's order; valid for the whole run of the program.
[[nodiscard]] std::span<const KnownCategory> known_categories();

/// `invalid` with the nearest known name if the category or subcategory isn't in the list.
[[nodiscard]] Result<> check_category(const Category& category);

}  // namespace carillon::podcast
