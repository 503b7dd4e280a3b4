#pragma once
// How other programs find what is here: oEmbed, robots.txt and site maps.

#include "http/router.hpp"
#include "site/core/public_shows.hpp"
#include "site/pages/embedding.hpp"

#include <atomic>

namespace carillon::site {

/// Any event loop. What it is made of must outlive it.
class DiscoverySite {
 public:
  DiscoverySite(const PublicShows& shows, podcast::Addresses addresses, const Clock& clock, std::vector<std::string> former_origins);

  [[nodiscard]] static std::span<const http::Route<DiscoverySite>> routes() noexcept;
  /// None where no route of this table fits.
  asio::awaitable<std::optional<http::Response>> answer(http::Request& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> oembed(http::Request& request);
  asio::awaitable<http::Response> robots(http::Request& request);
  asio::awaitable<http::Response> sitemaps(http::Request& request);
  asio::awaitable<http::Response> sitemap(http::Request& request);

  /// What an address that somebody wants to embed leads to; null members when it leads nowhere.
  asio::awaitable<podcast::EpisodeInShow> embedded_episode(Embeddable wanted);

  /// The index of site maps, for a while: listing every show is work.
  struct KeptIndex {
    Time made;
    std::shared_ptr<const void> takedowns;  ///< the version that it was made of
    std::string text;
  };

  const PublicShows& shows_;
  podcast::Addresses addresses_;
  const Clock& clock_;
  std::vector<std::string> origins_;  ///< ours and former ones
  std::atomic<std::shared_ptr<const KeptIndex>> index_{};
};

}  // namespace carillon::site
