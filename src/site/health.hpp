#pragma once
// Whether the process answers, and whether it wants requests: for probes and load balancers.

#include "site/core/place.hpp"

#include <functional>

namespace carillon::site {

namespace asio = boost::asio;

/// Any event loop.
class Health {
 public:
  explicit Health(std::function<bool()> ready) : ready_{std::move(ready)} {}

  [[nodiscard]] static std::span<const http::Route<Health>> routes() noexcept;
  /// None where no route of this table fits.
  asio::awaitable<std::optional<http::Response>> answer(http::Request& request, http::Allowed& allowed);
  asio::awaitable<std::optional<http::Response>> answer(Visit& visit, http::Allowed& allowed) { return answer(visit.request, allowed); }

 private:
  /// 200 while the process answers at all.
  asio::awaitable<http::Response> healthz(http::Request& request);
  /// 200 while it wants requests, 503 while it starts or drains.
  asio::awaitable<http::Response> readyz(http::Request& request);

  std::function<bool()> ready_;
};

}  // namespace carillon::site
