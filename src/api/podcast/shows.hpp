#pragma once
// /api/v1/shows: the shows themselves and their cover.

#include "api/core/gate.hpp"
#include "api/podcast/quotas.hpp"
#include "podcast/domains/domains.hpp"
#include "podcast/publishing/publishing.hpp"

namespace carillon::api {

/// Any event loop. The constructor's arguments must outlive it.
class ShowsApi {
 public:
  ShowsApi(Gate& gate, Quotas& quotas, podcast::Publishing& publishing, podcast::Domains& domains, podcast::Addresses addresses)
      : gate_{gate}, quotas_{quotas}, publishing_{publishing}, domains_{domains}, addresses_{std::move(addresses)} {}

  [[nodiscard]] static std::span<const Route<ShowsApi>> routes() noexcept;
  /// None if no route of this table matches.
  asio::awaitable<std::optional<http::Response>> answer(Asked& request, http::Allowed& allowed);

 private:
  asio::awaitable<http::Response> list(Request& request);
  asio::awaitable<http::Response> create(Request& request);
  asio::awaitable<http::Response> get(Request& request);
  asio::awaitable<http::Response> edit(Request& request);
  asio::awaitable<http::Response> remove(Request& request);
  asio::awaitable<http::Response> restore(Request& request);
  asio::awaitable<http::Response> check(Request& request);
  asio::awaitable<http::Response> set_image(Request& request);
  asio::awaitable<http::Response> list_categories(Request& request);

  [[nodiscard]] http::Response show_answer(int status, Result<podcast::Show> show) const;

  Gate& gate_;
  Quotas& quotas_;
  podcast::Publishing& publishing_;
  podcast::Domains& domains_;
  podcast::Addresses addresses_;
};

}  // namespace carillon::api
