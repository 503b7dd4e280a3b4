#pragma once
// What the site answers, one member function per route of routes.cpp.

#include "accounts/suspensions.hpp"
#include "http/message.hpp"
#include "podcast/catalogue.hpp"
#include "stats/request_log.hpp"

namespace carillon::site {

/// Any event loop.
class Handlers {
 public:
  Handlers(podcast::Catalogue& catalogue, const accounts::Suspensions& suspensions, podcast::Addresses addresses, stats::RequestLog& log,
           const Clock& clock, std::function<bool()> ready);

  asio::awaitable<http::Response> start(http::Request& request);
  asio::awaitable<http::Response> show(http::Request& request);
  asio::awaitable<http::Response> episode(http::Request& request);
  asio::awaitable<http::Response> style(http::Request& request);

  asio::awaitable<http::Response> feed(http::Request& request);
  /// The one whose requests are counted: each leaves a record, whatever came of it.
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
  /// 451 with the reason (RFC 7725) for what was taken down; none for what is served.
  [[nodiscard]] std::optional<http::Response> taken_down(const podcast::Show& show) const;

  podcast::Catalogue& catalogue_;
  const accounts::Suspensions& suspensions_;
  podcast::Addresses addresses_;
  stats::RequestLog& log_;
  const Clock& clock_;
  std::function<bool()> ready_;
};

}  // namespace carillon::site
