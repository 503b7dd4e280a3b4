#pragma once
// What the site answers, one member function per route of routes.cpp.

#include "accounts/suspensions.hpp"
#include "http/message.hpp"
#include "podcast/catalogue/catalogue.hpp"
#include "site/pages/embedding.hpp"
#include "site/pages/page_cache.hpp"
#include "stats/request_log.hpp"
#include "uptime/status.hpp"

#include <atomic>

namespace carillon::site {

/// The index of site maps, for a while: listing every show is work.
struct KeptSitemap {
  Time made;
  std::string text;
};

/// Any event loop.
class Handlers {
 public:
  Handlers(podcast::Catalogue& catalogue, const accounts::Suspensions& suspensions, podcast::Addresses addresses, stats::RequestLog& log,
           const Clock& clock, std::function<bool()> ready, const uptime::StatusBoard& status, std::vector<std::string> former_origins);

  asio::awaitable<http::Response> start(http::Request& request);
  asio::awaitable<http::Response> show(http::Request& request);
  asio::awaitable<http::Response> episode(http::Request& request);
  /// Style sheets and scripts.
  asio::awaitable<http::Response> asset(http::Request& request);
  /// Needs no database.
  asio::awaitable<http::Response> status(http::Request& request);

  /// The player on other people's pages.
  asio::awaitable<http::Response> embed(http::Request& request);
  asio::awaitable<http::Response> oembed(http::Request& request);
  asio::awaitable<http::Response> robots(http::Request& request);
  asio::awaitable<http::Response> sitemaps(http::Request& request);
  asio::awaitable<http::Response> sitemap(http::Request& request);

  asio::awaitable<http::Response> feed(http::Request& request);
  /// The one whose requests are counted. Each GET and HEAD leaves one record, whatever comes of it: the audio or a part of it, “not
  /// changed”, a refused range, another address (301), nothing (404), a takedown (451), a failure (500).
  asio::awaitable<http::Response> enclosure(http::Request& request);
  asio::awaitable<http::Response> picture(http::Request& request);
  /// Chapters and transcripts.
  asio::awaitable<http::Response> episode_text(http::Request& request);

  /// 200 while the process answers at all.
  asio::awaitable<http::Response> healthz(http::Request& request);
  /// 200 while it wants requests, 503 while it starts or drains.
  asio::awaitable<http::Response> readyz(http::Request& request);

  [[nodiscard]] const podcast::Addresses& addresses() const noexcept { return addresses_; }

 private:
  struct MediaAnswer {
    http::Response response;
    Digest media;  ///< of the whole audio; zeros when it is none
  };
  asio::awaitable<MediaAnswer> media_answer(const http::Request& request);
  /// 451 with the reason (RFC 7725) for what was taken down; none for what is served.
  [[nodiscard]] std::optional<http::Response> taken_down(const podcast::Show& show) const;
  /// The snapshot of the show in the path; null when there is none.
  asio::awaitable<std::shared_ptr<const podcast::ShowSnapshot>> show_named(std::string slug);
  /// The kept page of this snapshot, else the one that `make` makes on a worker.
  asio::awaitable<std::shared_ptr<const KeptPage>> kept(std::string key, std::shared_ptr<const podcast::ShowSnapshot> show,
                                                        std::function<std::string()> make);
  /// What an address that somebody wants to embed leads to; null members when it leads nowhere.
  asio::awaitable<podcast::EpisodeInShow> embedded_episode(Embeddable wanted);

  podcast::Catalogue& catalogue_;
  const accounts::Suspensions& suspensions_;
  podcast::Addresses addresses_;
  stats::RequestLog& log_;
  const Clock& clock_;
  std::function<bool()> ready_;
  const uptime::StatusBoard& status_;
  std::vector<std::string> origins_;  ///< ours and former ones
  std::unique_ptr<PageCache> pages_;
  std::atomic<std::shared_ptr<const KeptSitemap>> sitemaps_{};
};

}  // namespace carillon::site
