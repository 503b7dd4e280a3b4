// The routes that answer people: pages and their style sheet.

#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "http/conditional.hpp"
#include "site/handlers.hpp"
#include "site/pages.hpp"
#include "site/templates.hpp"

namespace carillon::site {
namespace {

constexpr std::string_view kPageCaching = "public, max-age=60";
constexpr std::string_view kForEver = "public, max-age=31536000, immutable";
constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kNoSuchShow = "There is no show at this address. It may have moved, or the address may have a typing error.";
constexpr std::string_view kNoSuchEpisode = "There is no episode at this address. It may not be out yet, or it was taken back.";

http::Response page_of(const http::Request& request, std::string html) {
  http::Representation page;
  page.etag = "\"" + crypto::sha256(as_bytes(html)).hex() + "\"";
  page.body = Body::of(std::move(html));
  page.content_type = kHtml;
  page.cache_control = kPageCaching;
  return http::represent(request, std::move(page));
}

}  // namespace

asio::awaitable<http::Response> Handlers::start(http::Request& request) {
  auto shows = co_await catalogue_.shows();
  std::erase_if(shows, [this](const auto& show) { return taken_down(show->show).has_value(); });
  co_return page_of(request, start_page(addresses_, shows));
}

asio::awaitable<http::Response> Handlers::show(http::Request& request) {
  const std::string slug{request.path_parameter("show")};
  std::shared_ptr<const podcast::ShowSnapshot> show;
  if (is_slug(slug)) show = co_await catalogue_.show(slug);
  if (!show) co_return http::not_found(std::string{kNoSuchShow});
  if (auto refused = taken_down(show->show)) co_return std::move(*refused);
  const auto page = parse_number(request.query_parameter("page").value_or("1")).value_or(1);
  co_return page_of(request, show_page(addresses_, *show, page));
}

asio::awaitable<http::Response> Handlers::episode(http::Request& request) {
  const std::string slug{request.path_parameter("show")};
  std::shared_ptr<const podcast::ShowSnapshot> show;
  if (is_slug(slug)) show = co_await catalogue_.show(slug);
  if (!show) co_return http::not_found(std::string{kNoSuchShow});
  if (auto refused = taken_down(show->show)) co_return std::move(*refused);
  const auto episode = show->by_slug(request.path_parameter("episode"));
  if (!episode) co_return http::not_found(std::string{kNoSuchEpisode});
  const auto reading = co_await catalogue_.reading(episode, show->show.language);
  co_return page_of(request, episode_page(addresses_, *show, *episode, reading));
}

asio::awaitable<http::Response> Handlers::style(http::Request& request) {
  if (request.path != style_path()) co_return http::not_found("There is no style sheet of this name.");
  static const auto text = std::make_shared<const std::string>(style_sheet());
  http::Representation sheet;
  sheet.body = Body::of(text);
  sheet.etag = "\"" + crypto::sha256(as_bytes(*text)).hex() + "\"";
  sheet.content_type = "text/css; charset=utf-8";
  sheet.cache_control = kForEver;
  co_return http::represent(request, std::move(sheet));
}

}  // namespace carillon::site
