// See sitemap.hpp.

#include "site/pages/sitemap.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace carillon::site {
namespace {

constexpr std::string_view kHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr std::string_view kNamespace = " xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n";

std::string entry(std::string_view element, const std::string& address, Time changed) {
  std::string text{"<"};
  text += element;
  text += "><loc>" + escaped_markup(address) + "</loc><lastmod>" + to_rfc3339(std::chrono::floor<std::chrono::seconds>(changed)) +
          "</lastmod></";
  text += element;
  return text + ">\n";
}

}  // namespace

std::string robots_text(const podcast::Addresses& addresses) {
  return "User-agent: *\n"
         "Disallow: /acknowledge/\n"
         "Disallow: /api/\n"
         "Disallow: /studio/\n"
         "Disallow: /welcome/\n"
         "Disallow: /unsubscribe/\n"
         "\n"
         "Sitemap: " +
         addresses.origin() + "/sitemap.xml\n";
}

std::string sitemap_index(const podcast::Addresses& addresses, std::span<const podcast::ListedShow> shows) {
  std::string text{kHead};
  text += "<sitemapindex";
  text += kNamespace;
  for (const auto& show : shows.first(std::min(shows.size(), kMaxInSitemap)))
    text += entry("sitemap", addresses.origin() + "/sitemaps/" + show.slug + ".xml", show.changed);
  return text + "</sitemapindex>\n";
}

std::string sitemap_of(const podcast::Addresses& addresses, const podcast::ShowSnapshot& snapshot) {
  std::string text{kHead};
  text += "<urlset";
  text += kNamespace;
  text += entry("url", addresses.page(snapshot.show), snapshot.feed.last_modified);
  std::size_t left = kMaxInSitemap - 1;
  for (const auto& published : snapshot.episodes) {
    if (left == 0) break;
    const auto& episode = published->episode;
    if (episode.metadata.blocked) continue;
    --left;
    text += entry("url", addresses.page(snapshot.show, episode), std::max(episode.changed, episode.published.value_or(episode.created)));
  }
  return text + "</urlset>\n";
}

}  // namespace carillon::site
