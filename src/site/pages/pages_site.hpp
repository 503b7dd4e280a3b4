#pragma once
// What people get: the pages of shows and episodes, the player on other people's pages, the status page, and what they load.

#include "site/core/page_cache.hpp"
#include "site/core/place.hpp"
#include "site/core/public_shows.hpp"
#include "uptime/status.hpp"

namespace carillon::site {

/// Any event loop. What it is made of must outlive it.
class PagesSite {
 public:
  PagesSite(const PublicShows& shows, const Clock& clock, const uptime::StatusBoard& status);

  [[nodiscard]] static std::span<const Route<PagesSite>> routes() noexcept;
  /// None where no route of this table fits.
  asio::awaitable<std::optional<http::Response>> answer(Visit& visit, http::Allowed& allowed);

  /// Whether a browser opens a feed's address as a page. It would show it as text: no browser shows feeds, and XSLT, which once made pages
  /// of them, is being removed. Only browsers send these fields (Fetch Metadata), so readers get the feed whatever they accept.
  [[nodiscard]] static bool wants_feed_as_page(const http::Request& request);
  /// A page that says what the address is for, in the feed's place.
  asio::awaitable<http::Response> feed(Visit& visit);

 private:
  asio::awaitable<http::Response> start(Visit& visit);
  asio::awaitable<http::Response> show(Visit& visit);
  asio::awaitable<http::Response> episode(Visit& visit);
  /// The player on other people's pages.
  asio::awaitable<http::Response> embed(Visit& visit);
  /// The same of the newest episode of a show.
  asio::awaitable<http::Response> embed_newest(Visit& visit);
  /// Style sheets and scripts.
  asio::awaitable<http::Response> asset(Visit& visit);
  /// What browsers and phones ask for by themselves.
  asio::awaitable<http::Response> icon(Visit& visit);
  /// Needs no database.
  asio::awaitable<http::Response> status(Visit& visit);

  /// The kept page of this snapshot, else the one that `make` makes on a worker.
  asio::awaitable<http::Response> kept(const Visit& visit, std::string key, std::shared_ptr<const podcast::ShowSnapshot> show,
                                       std::function<std::string()> make);

  const PublicShows& shows_;
  const Clock& clock_;
  const uptime::StatusBoard& status_;
  PageCache pages_;
};

}  // namespace carillon::site
