// See discovery_site.hpp.

#include "site/pages/discovery_site.hpp"

#include "base/compress.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "http/conditional.hpp"
#include "site/core/answers.hpp"
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

DiscoverySite::DiscoverySite(const PublicShows& shows, podcast::Addresses addresses, const Clock& clock,
                             std::vector<std::string> former_origins)
    : shows_{shows}, addresses_{std::move(addresses)}, clock_{clock}, origins_{std::move(former_origins)} {
  origins_.push_back(addresses_.origin());
}

std::span<const http::Route<DiscoverySite>> DiscoverySite::routes() noexcept {
  using enum http::Method;
  static constexpr auto kRoutes = std::to_array<http::Route<DiscoverySite>>({
      {get, "/oembed", &DiscoverySite::oembed},
      {get, "/robots.txt", &DiscoverySite::robots},
      {get, "/sitemap.xml", &DiscoverySite::sitemaps},
      {get, "/sitemaps/{file}", &DiscoverySite::sitemap},
  });
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> DiscoverySite::answer(http::Request& request, http::Allowed& allowed) {
  return http::answer_if_routed(routes(), *this, request, allowed);
}

asio::awaitable<podcast::EpisodeInShow> DiscoverySite::embedded_episode(Embeddable wanted) {
  podcast::EpisodeInShow found;
  if (!wanted.id.empty()) {
    if (is_id(wanted.id)) found = co_await shows_.catalogue().episode_in_show(wanted.id);
    co_return found;
  }
  found.show = co_await shows_.named(wanted.show);
  if (found.show) found.episode = found.show->by_slug(wanted.slug);
  co_return found;
}

asio::awaitable<http::Response> DiscoverySite::oembed(http::Request& request) {
  const auto url = request.query_parameter("url");
  if (!url || url->empty()) co_return open_to_every_origin(http::plain(400, "Give the address of the episode's page in ?url=."));
  // oEmbed 1.0 §2.3.5: 501 for a format that there is not.
  if (const auto format = request.query_parameter("format"); format && *format != "json")
    co_return open_to_every_origin(http::plain(501, "Only JSON is supported here; use format=json."));
  PlayerLimits limits;
  for (const auto& [name, limit] : {std::pair{"maxwidth", &limits.width}, std::pair{"maxheight", &limits.height}}) {
    auto pixels = pixels_in(request, name);
    if (!pixels) co_return open_to_every_origin(http::plain(400, pixels.error().message));
    *limit = *pixels;
  }
  podcast::EpisodeInShow found;
  if (const auto wanted = embeddable_in(*url, origins_)) found = co_await embedded_episode(*wanted);
  if (!found.episode) co_return open_to_every_origin(http::not_found("There's no episode at the address in url."));
  if (auto refused = shows_.taken_down(found.show->show)) co_return open_to_every_origin(std::move(*refused));
  co_return open_to_every_origin(
      text_of(request, oembed_document(addresses_, found.show->show, found.episode->episode, limits), "application/json; charset=utf-8"));
}

asio::awaitable<http::Response> DiscoverySite::robots(http::Request& request) {
  co_return text_of(request, robots_text(addresses_), "text/plain; charset=utf-8");
}

asio::awaitable<http::Response> DiscoverySite::sitemaps(http::Request& request) {
  auto kept = index_.load();
  const auto takedowns = shows_.takedowns();
  if (const auto now = clock_.now(); !kept || kept->made + kSitemapsKept <= now || kept->takedowns != takedowns) {
    auto shows = co_await shows_.catalogue().listed(kMaxInSitemap);
    std::erase_if(shows, [this](const auto& show) { return shows_.is_taken_down(show.network, show.slug); });
    kept = std::make_shared<const KeptIndex>(now, takedowns, sitemap_index(addresses_, shows));
    index_ = kept;
  }
  co_return text_of(request, kept->text, kXml);
}

asio::awaitable<http::Response> DiscoverySite::sitemap(http::Request& request) {
  constexpr std::string_view kEnding = ".xml";
  auto slug = request.path_parameter("file");
  std::shared_ptr<const podcast::ShowSnapshot> show;
  if (slug.ends_with(kEnding)) show = co_await shows_.named(std::string{slug.substr(0, slug.size() - kEnding.size())});
  if (!show) co_return http::not_found("There's no sitemap at this address.");
  if (auto refused = shows_.taken_down(show->show)) co_return std::move(*refused);
  co_return text_of(request, sitemap_of(addresses_, *show), kXml);
}

}  // namespace carillon::site
