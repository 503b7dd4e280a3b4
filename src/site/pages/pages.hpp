#pragma once
// The public pages as HTML, made of snapshots. Pure.

#include "podcast/catalogue/catalogue.hpp"

#include <memory>
#include <span>
#include <string>

namespace carillon::site {

/// Episodes on one page of a show.
inline constexpr std::size_t kEpisodesPerPage = 50;

/// All shows, or a welcome when there is none.
[[nodiscard]] std::string start_page(const podcast::Addresses& addresses,
                                     std::span<const std::shared_ptr<const podcast::ShowSnapshot>> shows);
/// How many pages the list of a show's episodes has; at least 1.
[[nodiscard]] std::size_t pages_of(const podcast::ShowSnapshot& show);
/// `page` counts from 1 and is taken to the nearest there is.
[[nodiscard]] std::string show_page(const podcast::Addresses& addresses, const podcast::ShowSnapshot& show, std::size_t page);
/// The longest query of a search that is looked at, in bytes.
inline constexpr std::size_t kLongestQuery = 100;
/// The same page with the episodes that have every word of `query` in title, notes, number or people, whatever their case and order.
[[nodiscard]] std::string found_page(const podcast::Addresses& addresses, const podcast::ShowSnapshot& show, const std::string& query,
                                     std::size_t page);
/// What a browser shows in place of the feed.
[[nodiscard]] std::string feed_page(const podcast::Addresses& addresses, const podcast::ShowSnapshot& show);
[[nodiscard]] std::string episode_page(const podcast::Addresses& addresses, const podcast::ShowSnapshot& show,
                                       const podcast::PublishedEpisode& episode, const podcast::EpisodeReading& reading);
/// For people who came to where nothing is; `at_domain`: of a show's own domain.
[[nodiscard]] std::string error_page(std::string_view heading, std::string_view sentence, bool at_domain = false);

/// What somebody sees who follows a one-time link.
struct WelcomePage {
  std::string heading, sentence;
  std::string trouble;  ///< what was wrong with what they wrote; "" for nothing
  std::string action;   ///< on the button
  std::string name;     ///< as they wrote it
  bool asks_name = false, asks_password = false;
  bool form = false;     ///< whether there is anything to do
  std::string leads_to;  ///< where its second button leads, "" for nowhere
  std::string lead;      ///< on that button
};
[[nodiscard]] std::string welcome_page(const WelcomePage& page);

}  // namespace carillon::site
