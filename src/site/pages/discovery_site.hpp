#pragma once
// How other programs find what is here: oEmbed, robots.txt and sitemaps.

#include "site/core/place.hpp"
#include "site/core/public_shows.hpp"
#include "site/pages/embedding.hpp"

#include <atomic>

namespace carillon::site {

/// Any event loop. What it is made of must outlive it.
class DiscoverySite {
 public:
  DiscoverySite(const PublicShows& shows, const Places& places, const Clock& clock) : shows_{shows}, places_{places}, clock_{clock} {}

  [[nodiscard]] static std::span<const Route<DiscoverySite>> routes() noexcept;
  /// None where no route of this table fits.
  asio::awaitable<std::optional<http::Response>> answer(Visit& visit, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> oembed(Visit& visit);
  asio::awaitable<http::Response> robots(Visit& visit);
  asio::awaitable<http::Response> sitemaps(Visit& visit);
  asio::awaitable<http::Response> sitemap(Visit& visit);

  /// What an address that somebody wants to embed leads to. No show: nowhere; a show without an episode: the show's page.
  asio::awaitable<podcast::EpisodeInShow> embedded(Embeddable wanted);
  /// The sitemap at a custom domain: its one show's.
  asio::awaitable<http::Response> map_of(const Visit& visit, std::string slug);

  /// The index of sitemaps, for a while: listing every show is work.
  struct KeptIndex {
    Time made;
    std::shared_ptr<const void> takedowns;  ///< the version that it was made of
    std::string text;
  };

  const PublicShows& shows_;
  const Places& places_;
  const Clock& clock_;
  std::atomic<std::shared_ptr<const KeptIndex>> index_{};
};

}  // namespace carillon::site
