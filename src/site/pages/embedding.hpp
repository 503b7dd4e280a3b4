#pragma once
// Episodes on other people's pages: the player's page, the code that brings it there, and its description by oEmbed 1.0. Pure.

#include "podcast/catalogue/catalogue.hpp"
#include "site/core/place.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace carillon::site {

/// The longest address that /oembed looks at.
inline constexpr std::size_t kLongestEmbeddedUrl = 2048;
/// An embedded player lists so many chapters; its episode's page has all of them.
inline constexpr std::size_t kMaxEmbeddedChapters = 40;

/// In CSS pixels.
struct PlayerSize {
  int width = 0, height = 0;
};
struct PlayerLimits {
  std::optional<int> width, height;  ///< at least 1
};
/// What the player likes, and never more than the limits: it works from 300 pixels on, and scrolls where it has less.
[[nodiscard]] PlayerSize player_size(const PlayerLimits& limits);

[[nodiscard]] std::string embed_address(const podcast::Addresses& addresses, const podcast::Episode& episode);  ///< ORIGIN/embed/ID
/// ORIGIN/embed/shows/SLUG: the newest episode of the show, whichever that is.
[[nodiscard]] std::string embed_address(const podcast::Addresses& addresses, const podcast::Show& show);
/// Where `page`, an episode's or a show's, is described for those who want to embed it.
[[nodiscard]] std::string oembed_address(const podcast::Addresses& addresses, const std::string& page);
/// An iframe element.
[[nodiscard]] std::string embed_code(const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode,
                                     PlayerSize size);

/// The page within the iframe.
[[nodiscard]] std::string embed_page(const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode,
                                     const podcast::EpisodeReading& reading);

/// What an address that somebody wants to embed names: a page by the slugs of show and episode, a player by the episode's id, or a show
/// (an empty `slug` and `id`) by its page or its player.
struct Embeddable {
  Place place;  ///< where that address is
  std::string show, slug;
  std::string id;
};
/// None when it is none of ours: another origin, too long, or no page of a show or an episode. Query and fragment are passed over.
[[nodiscard]] std::optional<Embeddable> embeddable_in(std::string_view url, const Places& places);

/// oEmbed 1.0 §2.3.4: the response of type "rich", as JSON. A cover larger than the limits is left out, as §2.3.4.2 wants.
[[nodiscard]] std::string oembed_document(const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode,
                                          const PlayerLimits& limits);
/// Of a show: the player of its newest episode; of type "link" (§2.3.4.3) while there is none.
[[nodiscard]] std::string oembed_document(const podcast::Addresses& addresses, const podcast::ShowSnapshot& show,
                                          const PlayerLimits& limits);

}  // namespace carillon::site
