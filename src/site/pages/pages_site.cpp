// See pages_site.hpp.

#include "site/pages/pages_site.hpp"

#include "base/id.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "http/conditional.hpp"
#include "site/core/answers.hpp"
#include "site/pages/assets.hpp"
#include "site/pages/embedding.hpp"
#include "site/pages/pages.hpp"
#include "site/pages/status_page.hpp"

#include <algorithm>
#include <array>

namespace carillon::site {
namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::string_view kPageCaching = "public, max-age=60";
constexpr std::string_view kIconCaching = "public, max-age=86400";  // at a path that stays
constexpr std::string_view kNotKept = "no-store";
/// Who looks at the status wants it fresh; a crowd that looks is answered by the caches on the way.
constexpr std::string_view kStatusCaching = "public, max-age=10";
constexpr ByteCount kMaxInPageCache{24ULL << 20};
constexpr std::string_view kNoSuchShow = "There's no show at this address. It may have moved, or the address may contain a typo.";
constexpr std::string_view kNoSuchEpisode = "There's no episode at this address. It may not be published yet, or it was unpublished.";

http::Response page_of(const http::Request& request, std::string html, std::string_view caching) {
  http::Representation page;
  page.etag = "\"" + crypto::sha256(as_bytes(html)).hex() + "\"";
  page.body = Body::of(std::move(html));
  page.content_type = kHtml;
  page.cache_control = caching;
  return http::represent(request, std::move(page));
}

http::Response kept_response(const http::Request& request, const KeptPage& kept) {
  http::Representation page;
  page.body = kept.plain;
  page.gzip = kept.gzip;
  page.etag = kept.etag;
  page.content_type = kHtml;
  page.cache_control = kPageCaching;
  return http::represent(request, std::move(page));
}

/// What somebody looks for among a show's episodes; "" for nothing.
std::string query_of(const http::Request& request) {
  const auto asked = request.query_parameter("q").value_or(std::string{});
  return clean_for_xml(trimmed(cut_to(trimmed(asked), kLongestQuery)));
}

http::Response file_of(const http::Request& request, std::string_view caching) {
  const auto* asset = asset_at(request.path);
  if (!asset) return http::not_found("There's no file with this name.");
  http::Representation file;
  file.body = Body::of(asset->text);
  file.gzip = asset->gzip;
  file.etag = asset->etag;
  file.content_type = asset->content_type;
  file.cache_control = caching;
  return http::represent(request, std::move(file));
}

}  // namespace

PagesSite::PagesSite(const PublicShows& shows, const Clock& clock, const uptime::StatusBoard& status)
    : shows_{shows}, clock_{clock}, status_{status}, pages_{kMaxInPageCache} {}

std::span<const Route<PagesSite>> PagesSite::routes() noexcept {
  using enum http::Method;
  static constexpr auto kRoutes = std::to_array<Route<PagesSite>>({
      {get, "/", &PagesSite::start},
      {get, "/embed/shows/{show}", &PagesSite::embed_newest},
      {get, "/embed/{episode}", &PagesSite::embed},
      {get, "/apple-touch-icon-precomposed.png", &PagesSite::icon},
      {get, "/apple-touch-icon.png", &PagesSite::icon},
      {get, "/favicon.ico", &PagesSite::icon},
      {get, "/icons/{file}", &PagesSite::asset},
      {get, "/scripts/{file}", &PagesSite::asset},
      {get, "/shows/{show}", &PagesSite::show},
      {get, "/shows/{show}/{episode}", &PagesSite::episode},
      {get, "/status", &PagesSite::status},
      {get, "/styles/{file}", &PagesSite::asset},
  });
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> PagesSite::answer(Visit& visit, http::Allowed& allowed) {
  return answer_if_routed(routes(), *this, visit, allowed);
}

asio::awaitable<http::Response> PagesSite::kept(const Visit& visit, std::string key, std::shared_ptr<const podcast::ShowSnapshot> show,
                                                std::function<std::string()> make) {
  const auto network = show->show.network;
  if (visit.place.is_domain()) key = visit.place.addresses.origin() + " " + key;
  const auto page = co_await pages_.page(std::move(key), std::move(show), [&]() -> asio::awaitable<KeptPage> {
    KeptPage made;
    co_await shows_.catalogue().work_for(network, [&] { made = kept_page(make()); });
    co_return made;
  });
  co_return kept_response(visit.request, *page);
}

asio::awaitable<http::Response> PagesSite::start(Visit& visit) {
  auto shows = co_await shows_.catalogue().shows();
  std::erase_if(shows, [this](const auto& show) { return shows_.is_taken_down(show->show.network, show->show.slug); });
  co_return page_of(visit.request, start_page(visit.place.addresses, shows), kPageCaching);
}

asio::awaitable<http::Response> PagesSite::show(Visit& visit) {
  const auto& request = visit.request;
  const std::string slug{request.path_parameter("show")};
  const auto show = co_await shows_.named(slug);
  if (!show && !visit.place.is_domain()) co_return co_await shows_.missing(request, slug, std::string{kNoSuchShow});
  if (!show || !visit.place.has(show->show.slug)) co_return http::not_found(std::string{kNoSuchShow});
  if (auto refused = shows_.taken_down(show->show)) co_return std::move(*refused);
  const auto wanted = parse_number(request.query_parameter("page").value_or("1")).value_or(1);
  if (const auto query = query_of(request); !query.empty()) {
    // Everyone asks for something else: kept, these would push out the pages that many read.
    std::string html;
    co_await shows_.catalogue().work_for(show->show.network, [&] { html = found_page(visit.place.addresses, *show, query, wanted); });
    co_return page_of(request, std::move(html), kPageCaching);
  }
  const auto page = std::clamp<std::size_t>(wanted, 1, pages_of(*show));
  const auto key = "show " + show->show.slug + " " + std::to_string(page);
  co_return co_await kept(visit, key, show, [&] { return show_page(visit.place.addresses, *show, page); });
}

asio::awaitable<http::Response> PagesSite::episode(Visit& visit) {
  const auto& request = visit.request;
  const std::string slug{request.path_parameter("show")}, episode_slug{request.path_parameter("episode")};
  const auto show = co_await shows_.named(slug);
  if (!show && !visit.place.is_domain()) co_return co_await shows_.missing(request, slug, std::string{kNoSuchShow});
  if (!show || !visit.place.has(show->show.slug)) co_return http::not_found(std::string{kNoSuchShow});
  if (auto refused = shows_.taken_down(show->show)) co_return std::move(*refused);
  const auto episode = show->by_slug(episode_slug);
  if (!episode) co_return co_await shows_.missing_episode(show->show.id, episode_slug, std::string{kNoSuchEpisode});
  const auto key = "episode " + episode->episode.id;
  co_return co_await kept(visit, key, show, [&] {
    return episode_page(visit.place.addresses, *show, *episode, shows_.catalogue().reading_now(*episode, show->show.language));
  });
}

bool PagesSite::wants_feed_as_page(const http::Request& request) {
  const bool navigates = request.fields.get("Sec-Fetch-Dest") == "document" && request.fields.get("Sec-Fetch-Mode") == "navigate";
  return navigates && request.path.starts_with("/feeds/") && request.query.empty() &&
         request.fields.joined("Accept").value_or(std::string{}).contains("text/html");
}

asio::awaitable<http::Response> PagesSite::feed(Visit& visit) {
  constexpr std::string_view kFeeds = "/feeds/";
  const auto show = co_await shows_.named(visit.request.path.substr(kFeeds.size()));
  if (!show || !visit.place.has(show->show.slug)) co_return http::not_found("There's no feed at this address.");
  if (auto refused = shows_.taken_down(show->show)) co_return std::move(*refused);
  auto response = co_await kept(visit, "feed " + show->show.slug, show, [&] { return feed_page(visit.place.addresses, *show); });
  // A cache on the way must never give a reader this page for its feed.
  response.fields.set("Cache-Control", std::string{kNotKept});
  response.fields.set("Vary", "Accept, Accept-Encoding, Sec-Fetch-Dest, Sec-Fetch-Mode");
  co_return response;
}

asio::awaitable<http::Response> PagesSite::embed(Visit& visit) {
  const std::string id{visit.request.path_parameter("episode")};
  podcast::EpisodeInShow found;
  if (is_id(id)) found = co_await shows_.catalogue().episode_in_show(id);
  if (!found.episode && !visit.place.is_domain()) co_return co_await shows_.missing_episode(id, std::string{kNoSuchEpisode});
  if (!found.episode || !visit.place.has(found.show->show.slug)) co_return http::not_found(std::string{kNoSuchEpisode});
  const auto& show = found.show->show;
  if (auto refused = shows_.taken_down(show)) co_return std::move(*refused);
  const auto& episode = *found.episode;
  co_return co_await kept(visit, "embed " + episode.episode.id, found.show, [&] {
    return embed_page(visit.place.addresses, show, episode.episode, shows_.catalogue().reading_now(episode, show.language));
  });
}

asio::awaitable<http::Response> PagesSite::embed_newest(Visit& visit) {
  const auto show = co_await shows_.named(std::string{visit.request.path_parameter("show")});
  if (!show || !visit.place.has(show->show.slug)) co_return http::not_found(std::string{kNoSuchShow});
  if (auto refused = shows_.taken_down(show->show)) co_return std::move(*refused);
  if (show->episodes.empty()) co_return http::not_found("This show has no episodes yet.");
  const auto& newest = *show->episodes.front();
  co_return co_await kept(visit, "embed-show " + show->show.slug, show, [&] {
    return embed_page(visit.place.addresses, show->show, newest.episode, shows_.catalogue().reading_now(newest, show->show.language));
  });
}

asio::awaitable<http::Response> PagesSite::asset(Visit& visit) { co_return file_of(visit.request, kForEver); }
asio::awaitable<http::Response> PagesSite::icon(Visit& visit) { co_return file_of(visit.request, kIconCaching); }

asio::awaitable<http::Response> PagesSite::status(Visit& visit) {
  const auto status = status_.current();
  co_return page_of(visit.request, status_page(status.get(), visit.place.addresses.origin() + "/status", clock_.now()), kStatusCaching);
}

}  // namespace carillon::site
