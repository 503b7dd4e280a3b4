#pragma once
// What tells search engines which pages there are: robots.txt (RFC 9309) and sitemaps (sitemaps.org): an index that names one map per
// show. Pure.

#include "podcast/catalogue/catalogue.hpp"

#include <span>
#include <string>

namespace carillon::site {

/// Addresses in one map, and maps in one index (sitemaps.org). Of a larger show the oldest episodes are left out, of more
/// shows the last by slug.
inline constexpr std::size_t kMaxInSitemap = 50'000;

[[nodiscard]] std::string robots_text(const podcast::Addresses& addresses);
/// The index: one map per show.
[[nodiscard]] std::string sitemap_index(const podcast::Addresses& addresses, std::span<const podcast::ListedShow> shows);
/// The map of one show: its page and its episodes'.
[[nodiscard]] std::string sitemap_of(const podcast::Addresses& addresses, const podcast::ShowSnapshot& snapshot);

}  // namespace carillon::site
