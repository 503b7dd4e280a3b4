#pragma once
// Links that open a feed in podcast apps. Nothing is loaded from anywhere: they are links. Pure.

#include "podcast/model/show.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon::site {

struct AppLink {
  std::string_view name;
  std::string link;
};
/// For the feed at this address (https).
[[nodiscard]] std::vector<AppLink> app_links(std::string_view feed, std::string_view title);

/// The section of a page that offers them, where else the show is, and the feed itself.
[[nodiscard]] std::string subscribe_section(const std::string& feed, const podcast::Show& show, std::string heading);

}  // namespace carillon::site
