// See discovery_site.hpp.

#include "site/pages/discovery_site.hpp"

#include "base/compress.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "http/conditional.hpp"
#include "site/pages/sitemap.hpp"

#include <array>

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
  const auto name_options = request.query_parameter(name);
  if (!name_options) return std::nullopt;
  const auto number = parse_number(*name_options);
  if (!number || *number == 0) return fail(ErrorKind::invalid, std::string{name} + " must be a whole number of pixels, at least 1.");
  return std::optional{static_cast<int>(std::min(*number, kWidestWish))};
}

}  // namespace

std::span<const Route<DiscoverySite>> DiscoverySite::routes() noexcept {
  using enum http::Method;
  static constexpr auto kRoutes = std::to_array<Route<DiscoverySite>>({
      {get, "/oembed", &DiscoverySite::oembed},
      {get, "/robots.txt", &DiscoverySite::robots},
      {get, "/sitemap.xml", &DiscoverySite::sitemaps},
      {get, "/sitemaps/{file}", &DiscoverySite::sitemap},
  });
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> DiscoverySite::answer(Visit& visit, http::Allowed& allowed) {
  return answer_if_routed(routes(), *this, visit, allowed);
}

asio::awaitable<podcast::EpisodeInShow> DiscoverySite::embedded(Embeddable wanted) {
  podcast::EpisodeInShow found;
  if (!wanted.id.empty()) {
    if (is_id(wanted.id)) found = co_await shows_.catalogue().episode_in_show(wanted.id);
    co_return found;
  }
  found.show = co_await shows_.named(wanted.show);
  if (!found.show && is_slug(wanted.show)) {
    const auto former = co_await shows_.catalogue().former_show(wanted.show);
    if (!former.slug.empty()) found.show = co_await shows_.named(former.slug);
  }
  if (!found.show || wanted.slug.empty()) co_return found;
  found.episode = found.show->by_slug(wanted.slug);
  if (!found.episode) found.show = nullptr;
  co_return found;
}

asio::awaitable<http::Response> DiscoverySite::oembed(Visit& visit) {
  const auto& request = visit.request;
  const auto url = request.query_parameter("url");
  if (!url || url->empty()) co_return http::plain(400, "Pass the URL of a show's or episode's page in ?url=.");
  // oEmbed 1.0 §2.3.5: 501 for a format that there is not.
  if (const auto format = request.query_parameter("format"); format && *format != "json")
    co_return http::plain(501, "Only JSON is supported here. Use format=json.");
  PlayerLimits limits;
  for (const auto& [name, limit] : {std::pair{"maxwidth", &limits.width}, std::pair{"maxheight", &limits.height}}) {
    auto pixels = pixels_in(request, name);
    if (!pixels) co_return http::plain(400, pixels.error().message);
    *limit = *pixels;
  }
  podcast::EpisodeInShow found;
  const auto wanted = embeddable_in(*url, places_);
  if (wanted) found = co_await embedded(*wanted);
  // A domain tells nothing of other shows, whichever address is asked for.
  if (!found.show || !wanted->place.has(found.show->show.slug) || !visit.place.has(found.show->show.slug))
    co_return http::not_found("There's no show or episode at the URL in ?url=.");
  if (auto refused = shows_.taken_down(found.show->show)) co_return std::move(*refused);
  const auto& addresses = wanted->place.addresses;
  auto document = found.episode ? oembed_document(addresses, found.show->show, found.episode->episode, limits)
                                : oembed_document(addresses, *found.show, limits);
  co_return text_of(request, std::move(document), "application/json; charset=utf-8");
}

asio::awaitable<http::Response> DiscoverySite::robots(Visit& visit) {
  co_return text_of(visit.request, robots_text(visit.place.addresses), "text/plain; charset=utf-8");
}

asio::awaitable<http::Response> DiscoverySite::map_of(const Visit& visit, std::string slug) {
  const auto show = co_await shows_.named(slug);
  constexpr std::string_view kNoSitemap = "There's no sitemap at this address.";
  if (!show && !visit.place.is_domain()) co_return co_await shows_.missing(visit.request, std::move(slug), std::string{kNoSitemap});
  // A show that asks not to be listed has none.
  if (!show || show->show.metadata.blocked) co_return http::not_found(std::string{kNoSitemap});
  if (auto refused = shows_.taken_down(show->show)) co_return std::move(*refused);
  co_return text_of(visit.request, sitemap_of(visit.place.addresses, *show), kXml);
}

asio::awaitable<http::Response> DiscoverySite::sitemaps(Visit& visit) {
  if (visit.place.is_domain()) co_return co_await map_of(visit, visit.place.show);
  auto kept = index_.load();
  const auto takedowns = shows_.takedowns();
  if (const auto now = clock_.now(); !kept || kept->made + kSitemapsKept <= now || kept->takedowns != takedowns) {
    auto shows = co_await shows_.catalogue().listed(kMaxInSitemap);
    std::erase_if(shows, [this](const auto& show) { return shows_.is_taken_down(show.network, show.slug); });
    kept = std::make_shared<const KeptIndex>(now, takedowns, sitemap_index(visit.place.addresses, shows));
    index_ = kept;
  }
  co_return text_of(visit.request, kept->text, kXml);
}

asio::awaitable<http::Response> DiscoverySite::sitemap(Visit& visit) {
  constexpr std::string_view kEnding = ".xml";
  const auto slug = visit.request.path_parameter("file");
  if (!slug.ends_with(kEnding) || visit.place.is_domain()) co_return http::not_found("There's no sitemap at this address.");
  co_return co_await map_of(visit, std::string{slug.substr(0, slug.size() - kEnding.size())});
}

}  // namespace carillon::site
