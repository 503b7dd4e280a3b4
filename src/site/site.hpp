#pragma once
// What the public sees: feeds, media, pages, health. HTML that works without JavaScript, light and dark, accessible.

#include "accounts/suspensions.hpp"
#include "ads/serving/ad_server.hpp"
#include "delivery/arrangements.hpp"
#include "http/message.hpp"
#include "podcast/catalogue/catalogue.hpp"
#include "site/core/place.hpp"
#include "stats/log/request_log.hpp"
#include "uptime/status.hpp"

namespace carillon::site {

/// Any event loop.
class Site {
 public:
  /// `show_of_domain`: which show a custom domain is of.
  Site(
      podcast::Catalogue& catalogue, const accounts::Suspensions& suspensions, podcast::Addresses addresses,
      delivery::Arrangements& arrangements, ads::AdServer& ads, stats::RequestLog& log, const Clock& clock, std::function<bool()> ready,
      const uptime::StatusBoard& status, std::vector<std::string> former_origins = {},
      Places::ShowOf show_of_domain = [](const std::string&) { return std::nullopt; });

  [[nodiscard]] const Places& places() const noexcept;
  /// Answers over HTTPS, on the platform, with what the rooms have routes for, and adds what every answer gets.
  asio::awaitable<http::Response> answer(http::Request& request);
  /// The same on the custom domain of a show: `place` is what places() says of it, and must outlive the answer's making.
  asio::awaitable<http::Response> answer_at(const Place& place, http::Request& request);
  /// Answers over plain HTTP: health checks; 404 for a challenge, since KeeperSite has answered those that somebody waits for; everything
  /// else is sent on to HTTPS.
  asio::awaitable<http::Response> answer_plain(http::Request& request);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace carillon::site
