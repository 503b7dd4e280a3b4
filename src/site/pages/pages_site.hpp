#pragma once
// What people get: the pages of shows and episodes, the player on other people's pages, the status page, and what they load.

#include "http/router.hpp"
#include "site/core/public_shows.hpp"
#include "site/pages/page_cache.hpp"
#include "uptime/status.hpp"

namespace carillon::site {

/// Any event loop. What it is made of must outlive it.
class PagesSite {
 public:
  PagesSite(const PublicShows& shows, podcast::Addresses addresses, const Clock& clock, const uptime::StatusBoard& status);

  [[nodiscard]] static std::span<const http::Route<PagesSite>> routes() noexcept;
  /// None where no route of this table fits.
  asio::awaitable<std::optional<http::Response>> answer(http::Request& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> start(http::Request& request);
  asio::awaitable<http::Response> show(http::Request& request);
  asio::awaitable<http::Response> episode(http::Request& request);
  /// The player on other people's pages.
  asio::awaitable<http::Response> embed(http::Request& request);
  /// Style sheets and scripts.
  asio::awaitable<http::Response> asset(http::Request& request);
  /// Needs no database.
  asio::awaitable<http::Response> status(http::Request& request);

  /// The kept page of this snapshot, else the one that `make` makes on a worker.
  asio::awaitable<http::Response> kept(const http::Request& request, std::string key, std::shared_ptr<const podcast::ShowSnapshot> show,
                                       std::function<std::string()> make);

  const PublicShows& shows_;
  podcast::Addresses addresses_;
  const Clock& clock_;
  const uptime::StatusBoard& status_;
  PageCache pages_;
};

}  // namespace carillon::site
