#pragma once
// What search engines read: JSON-LD in the words of schema.org (PodcastSeries, PodcastEpisode). Pure.

#include "podcast/catalogue/catalogue.hpp"

#include <string>

namespace carillon::site {

/// Safe within a script element: whatever a publisher wrote, it ends neither that nor a comment (HTML §4.12.1.3).
[[nodiscard]] std::string series_data(const podcast::Addresses& addresses, const podcast::ShowSnapshot& snapshot);
[[nodiscard]] std::string episode_data(const podcast::Addresses& addresses, const podcast::ShowSnapshot& snapshot,
                                       const podcast::PublishedEpisode& published);

}  // namespace carillon::site
