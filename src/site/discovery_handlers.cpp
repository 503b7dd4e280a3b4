// The routes by which others find and embed episodes: the player's page, oEmbed, robots.txt and site maps.

#include "base/compress.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "http/conditional.hpp"
#include "site/page_handlers.hpp"
#include "site/pages/sitemap.hpp"

namespace carillon::site {
namespace {

constexpr std::string_view kDescriptionCaching = "public, max-age=300";
constexpr std::string_view kXml = "application/xml; charset=utf-8";
constexpr std::chrono::seconds kSitemapsKept{60};
/// No screen is wider; a larger wish is no wish.
constexpr std::uint64_t kWidestWish = 100'000;

http::Response text_of(const http::Request& request, std::string text, std::string_view content_type) {
  http::Representation file;
  file.etag = "\"" + crypto::sha256(as_bytes(text)).hex() + "\"";
  file.gzip = Body::of(gzip(text));
  file.body = Body::of(std::move(text));
  file.content_type = content_type;
  file.cache_control = kDescriptionCaching;
  return http::represent(request, std::move(file));
}

/// "maxwidth" and its like: none when it is not there; `invalid` for what is no number of pixels.
Result<std::optional<int>> pixels_in(const http::Request& request, std::string_view name) {
  const auto wish = request.query_parameter(name);
  if (!wish) return std::nullopt;
  const auto number = parse_number(*wish);
  if (!number || *number == 0) return fail(ErrorKind::invalid, std::string{name} + " is a whole number of pixels, at least 1.");
  return std::optional{static_cast<int>(std::min(*number, kWidestWish))};
}

/// Scripts of other sites ask, too (Fetch standard, CORS).
http::Response open_to_all(http::Response response) {
  response.fields.set("Access-Control-Allow-Origin", "*");
  return response;
}

}  // namespace

asio::awaitable<http::Response> Handlers::embed(http::Request& request) {
  const auto found = co_await embedded_episode({.show = {}, .slug = {}, .id = std::string{request.path_parameter("episode")}});
  if (!found.episode) co_return http::not_found("There is no episode at this address, or it was taken back.");
  if (auto refused = taken_down(found.show->show)) co_return std::move(*refused);
  const auto key = "embed " + found.episode->episode.id;
  const auto& show = found.show->show;
  const auto page = co_await kept(key, found.show, [&] {
    return embed_page(addresses_, show, found.episode->episode, catalogue_.reading_now(*found.episode, show.language));
  });
  co_return kept_response(request, *page);
}

asio::awaitable<podcast::EpisodeInShow> Handlers::embedded_episode(Embeddable wanted) {
  podcast::EpisodeInShow found;
  if (!wanted.id.empty()) {
    if (is_id(wanted.id)) found = co_await catalogue_.episode_in_show(wanted.id);
    co_return found;
  }
  found.show = co_await show_named(wanted.show);
  if (found.show) found.episode = found.show->by_slug(wanted.slug);
  co_return found;
}

asio::awaitable<http::Response> Handlers::oembed(http::Request& request) {
  const auto url = request.query_parameter("url");
  if (!url || url->empty()) co_return open_to_all(http::plain(400, "Say with ?url= which episode's page is to be embedded."));
  // oEmbed 1.0 §2.3.5: 501 for a format that there is not.
  if (const auto format = request.query_parameter("format"); format && *format != "json")
    co_return open_to_all(http::plain(501, "This is described as JSON only: ask with format=json."));
  PlayerLimits limits;
  for (const auto& [name, limit] : {std::pair{"maxwidth", &limits.width}, std::pair{"maxheight", &limits.height}}) {
    auto pixels = pixels_in(request, name);
    if (!pixels) co_return open_to_all(http::plain(400, pixels.error().message));
    *limit = *pixels;
  }
  podcast::EpisodeInShow found;
  if (const auto wanted = embeddable_in(*url, origins_)) found = co_await embedded_episode(*wanted);
  if (!found.episode) co_return open_to_all(http::not_found("There is no episode at the address in url."));
  if (auto refused = taken_down(found.show->show)) co_return open_to_all(std::move(*refused));
  co_return open_to_all(
      text_of(request, oembed_document(addresses_, found.show->show, found.episode->episode, limits), "application/json; charset=utf-8"));
}

asio::awaitable<http::Response> Handlers::robots(http::Request& request) {
  co_return text_of(request, robots_text(addresses_), "text/plain; charset=utf-8");
}

asio::awaitable<http::Response> Handlers::sitemaps(http::Request& request) {
  auto kept = sitemaps_.load();
  if (const auto now = clock_.now(); !kept || kept->made + kSitemapsKept <= now) {
    auto shows = co_await catalogue_.listed(kMostInSitemap);
    std::erase_if(shows, [this](const auto& show) { return suspensions_.of(show.network, show.slug).has_value(); });
    kept = std::make_shared<const KeptSitemap>(now, sitemap_index(addresses_, shows));
    sitemaps_ = kept;
  }
  co_return text_of(request, kept->text, kXml);
}

asio::awaitable<http::Response> Handlers::sitemap(http::Request& request) {
  constexpr std::string_view kEnding = ".xml";
  auto slug = request.path_parameter("file");
  std::shared_ptr<const podcast::ShowSnapshot> show;
  if (slug.ends_with(kEnding)) show = co_await show_named(std::string{slug.substr(0, slug.size() - kEnding.size())});
  if (!show) co_return http::not_found("There is no site map at this address.");
  if (auto refused = taken_down(show->show)) co_return std::move(*refused);
  co_return text_of(request, sitemap_of(addresses_, *show), kXml);
}

}  // namespace carillon::site
