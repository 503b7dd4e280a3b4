// See public_shows.hpp.

#include "site/core/public_shows.hpp"

#include "base/text.hpp"

namespace carillon::site {

asio::awaitable<std::shared_ptr<const podcast::ShowSnapshot>> PublicShows::named(std::string slug) const {
  if (!is_slug(slug)) co_return nullptr;
  co_return co_await catalogue_.show(std::move(slug));
}

bool PublicShows::is_taken_down(std::string_view network, std::string_view slug) const {
  return suspensions_.of(network, slug).has_value();
}

std::optional<http::Response> PublicShows::taken_down(const podcast::Show& show) const { return taken_down(show.network, show.slug); }

std::optional<http::Response> PublicShows::taken_down(std::string_view network, std::string_view slug) const {
  const auto reason = suspensions_.of(network, slug);
  if (!reason) return {};
  return http::plain(451, "This isn't available: " + *reason);
}

}  // namespace carillon::site
