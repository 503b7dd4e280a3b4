// See public_shows.hpp.

#include "site/core/public_shows.hpp"

#include "base/id.hpp"
#include "base/text.hpp"
#include "site/core/answers.hpp"

namespace carillon::site {

asio::awaitable<std::shared_ptr<const podcast::ShowSnapshot>> PublicShows::named(std::string slug) const {
  if (!is_slug(slug)) co_return nullptr;
  co_return co_await catalogue_.show(std::move(slug));
}

asio::awaitable<http::Response> PublicShows::missing(const http::Request& request, std::string slug, std::string sentence) const {
  podcast::FormerShow former;
  if (is_slug(slug)) former = co_await catalogue_.former_show(slug);
  if (!former.slug.empty()) {
    // “/feeds/OLD”, “/shows/OLD/EPISODE”, “/sitemaps/OLD.xml”: what stands around the slug stays.
    auto target = request.path;
    const auto place = target.find("/" + slug, 1);
    if (place != std::string::npos) {
      target.replace(place + 1, slug.size(), former.slug);
      if (!request.query.empty()) target += "?" + request.query;
      co_return http::redirect(301, std::move(target));
    }
  }
  if (former.gone) co_return gone("The show at this address was deleted.");
  co_return http::not_found(std::move(sentence));
}

asio::awaitable<http::Response> PublicShows::missing_episode(std::string id, std::string sentence) const {
  if (is_id(id) && co_await catalogue_.is_gone(std::move(id))) co_return gone("The episode at this address was deleted.");
  co_return http::not_found(std::move(sentence));
}

asio::awaitable<http::Response> PublicShows::missing_episode(std::string show_id, std::string slug, std::string sentence) const {
  if (is_slug(slug) && co_await catalogue_.is_gone(std::move(show_id), std::move(slug)))
    co_return gone("The episode at this address was deleted.");
  co_return http::not_found(std::move(sentence));
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
