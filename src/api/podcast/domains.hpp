#pragma once
// /api/v1/shows/SHOW/domains: custom domains of a show.

#include "api/core/gate.hpp"
#include "podcast/domains/domains.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class DomainsApi {
 public:
  DomainsApi(Gate& gate, podcast::Domains& domains) : gate_{gate}, domains_{domains} {}

  [[nodiscard]] static std::span<const Route<DomainsApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> add(Request& request);
  asio::awaitable<http::Response> get(Request& request);
  asio::awaitable<http::Response> remove(Request& request);

  Gate& gate_;
  podcast::Domains& domains_;
};

}  // namespace carillon::api
