#pragma once
// What the site answers, one member function per route of routes.cpp.

#include "http/message.hpp"
#include "podcast/catalogue.hpp"
#include "stats/request_log.hpp"

namespace carillon::site {

/// Any event loop.
class Handlers {
 public:
  Handlers(podcast::Catalogue& catalogue, podcast::Addresses addresses, stats::RequestLog& log, const Clock& clock,
           std::function<bool()> ready);

  asio::awaitable<http::Response> start(http::Request& request);
  asio::awaitable<http::Response> show(http::Request& request);
  asio::awaitable<http::Response> episode(http::Request& request);
  asio::awaitable<http::Response> style(http::Request& request);

  asio::awaitable<http::Response> feed(http::Request& request);
  /// The one whose requests are counted: each leaves a record, whatever came of it.
  asio::awaitable<http::Response> enclosure(http::Request& request);
  asio::awaitable<http::Response> picture(http::Request& request);

  /// 200 while the process answers at all.
  asio::awaitable<http::Response> healthz(http::Request& request);
  /// 200 while it wants requests, 503 while it starts or drains.
  asio::awaitable<http::Response> readyz(http::Request& request);

  [[nodiscard]] const podcast::Addresses& addresses() const noexcept { return addresses_; }

 private:
  podcast::Catalogue& catalogue_;
  podcast::Addresses addresses_;
  stats::RequestLog& log_;
  const Clock& clock_;
  std::function<bool()> ready_;
};

}  // namespace carillon::site
