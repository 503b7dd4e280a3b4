// The routes that answer people: pages and what they load.

#include "site/page_handlers.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "http/conditional.hpp"
#include "site/pages/assets.hpp"
#include "site/pages/pages.hpp"
#include "site/pages/status_page.hpp"

#include <algorithm>

namespace carillon::site {
namespace {

constexpr std::string_view kForEver = "public, max-age=31536000, immutable";
/// Who looks at the status wants it fresh; a crowd that looks is answered by the caches on the way.
constexpr std::string_view kStatusCaching = "public, max-age=10";
constexpr std::string_view kNoSuchShow = "There is no show at this address. It may have moved, or the address may have a typing error.";
constexpr std::string_view kNoSuchEpisode = "There is no episode at this address. It may not be out yet, or it was taken back.";

http::Response page_of(const http::Request& request, std::string html, std::string_view caching) {
  http::Representation page;
  page.etag = "\"" + crypto::sha256(as_bytes(html)).hex() + "\"";
  page.body = Body::of(std::move(html));
  page.content_type = kHtml;
  page.cache_control = caching;
  return http::represent(request, std::move(page));
}

}  // namespace

http::Response kept_response(const http::Request& request, const KeptPage& kept) {
  http::Representation page;
  page.body = kept.plain;
  page.gzip = kept.gzip;
  page.etag = kept.etag;
  page.content_type = kHtml;
  page.cache_control = kPageCaching;
  return http::represent(request, std::move(page));
}

asio::awaitable<std::shared_ptr<const podcast::ShowSnapshot>> Handlers::show_named(std::string slug) {
  if (!is_slug(slug)) co_return nullptr;
  co_return co_await catalogue_.show(std::move(slug));
}

asio::awaitable<std::shared_ptr<const KeptPage>> Handlers::kept(std::string key, std::shared_ptr<const podcast::ShowSnapshot> show,
                                                                std::function<std::string()> make) {
  const auto network = show->show.network;
  co_return co_await pages_->page(std::move(key), std::move(show), [&]() -> asio::awaitable<KeptPage> {
    KeptPage made;
    co_await catalogue_.work_for(network, [&] { made = kept_page(make()); });
    co_return made;
  });
}

asio::awaitable<http::Response> Handlers::start(http::Request& request) {
  auto shows = co_await catalogue_.shows();
  std::erase_if(shows, [this](const auto& show) { return taken_down(show->show).has_value(); });
  co_return page_of(request, start_page(addresses_, shows), kPageCaching);
}

asio::awaitable<http::Response> Handlers::show(http::Request& request) {
  const auto show = co_await show_named(std::string{request.path_parameter("show")});
  if (!show) co_return http::not_found(std::string{kNoSuchShow});
  if (auto refused = taken_down(show->show)) co_return std::move(*refused);
  const auto wanted = parse_number(request.query_parameter("page").value_or("1")).value_or(1);
  const auto page = std::clamp<std::size_t>(wanted, 1, pages_of(*show));
  const auto key = "show " + show->show.slug + " " + std::to_string(page);
  co_return kept_response(request, *co_await kept(key, show, [&] { return show_page(addresses_, *show, page); }));
}

asio::awaitable<http::Response> Handlers::episode(http::Request& request) {
  const auto show = co_await show_named(std::string{request.path_parameter("show")});
  if (!show) co_return http::not_found(std::string{kNoSuchShow});
  if (auto refused = taken_down(show->show)) co_return std::move(*refused);
  const auto episode = show->by_slug(request.path_parameter("episode"));
  if (!episode) co_return http::not_found(std::string{kNoSuchEpisode});
  const auto key = "episode " + episode->episode.id;
  const auto page = co_await kept(
      key, show, [&] { return episode_page(addresses_, *show, *episode, catalogue_.reading_now(*episode, show->show.language)); });
  co_return kept_response(request, *page);
}

asio::awaitable<http::Response> Handlers::asset(http::Request& request) {
  const auto* asset = asset_at(request.path);
  if (!asset) co_return http::not_found("There is no file of this name.");
  http::Representation file;
  file.body = Body::of(asset->text);
  file.gzip = asset->gzip;
  file.etag = asset->etag;
  file.content_type = asset->content_type;
  file.cache_control = kForEver;
  co_return http::represent(request, std::move(file));
}

asio::awaitable<http::Response> Handlers::status(http::Request& request) {
  const auto status = status_.current();
  co_return page_of(request, status_page(status.get(), addresses_.origin() + "/status", clock_.now()), kStatusCaching);
}

}  // namespace carillon::site
