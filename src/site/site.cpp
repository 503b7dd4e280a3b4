// See site.hpp.

#include "site/site.hpp"

#include "base/text.hpp"
#include "http/router.hpp"
#include "site/core/answers.hpp"
#include "site/health.hpp"
#include "site/media/media_site.hpp"
#include "site/pages/discovery_site.hpp"
#include "site/pages/pages.hpp"
#include "site/pages/pages_site.hpp"

namespace carillon::site {
namespace {

constexpr std::string_view kChallenges = "/.well-known/acme-challenge/";

/// What other people's pages may show within theirs.
constexpr std::string_view kEmbedded = "/embed/";
constexpr std::string_view kShows = "/shows/";

bool is_for_a_browser(const http::Request& request) {
  return lower_ascii(request.fields.joined("Accept").value_or(std::string{})).find("text/html") != std::string::npos;
}

/// The same answer as a page with a way out of the dead end, for those who can look at one.
http::Response as_page(http::Response response, bool at_domain) {
  const auto sentence = whole(response.body);
  auto page = http::html(response.status, error_page(response.status == 451   ? "Not available"
                                                     : response.status == 410 ? "No longer available"
                                                                              : "Page not found",
                                                     trimmed(sentence ? *sentence : std::string{}), at_domain));
  page.on_finished = std::move(response.on_finished);
  page.close = response.close;
  return page;
}

/// Nothing but our own files, and no script within the page: notes come from publishers, not from us. A nonce would make every answer
/// another and keep pages out of every cache; what is served from here as a script is ours alone, since everything else says its type.
void say_policy(const http::Request& request, http::Response& response) {
  if (!response.fields.get("Content-Type").value_or("").starts_with("text/html")) return;
  http::PagePolicy policy{.scripts = "'self'", .styles = "'self'", .images = "'self'", .media = "'self'"};
  if (request.path.starts_with(kEmbedded)) policy.ancestors = "*";
  if (request.path.starts_with(kShows)) policy.forms = "'self'";  // the search
  policy.referrer = "strict-origin-when-cross-origin";
  response.policy = std::make_unique<http::PagePolicy>(std::move(policy));
}

bool reads(const http::Request& request) { return request.method == http::Method::get || request.method == http::Method::head; }

}  // namespace

struct Site::Impl {
  Impl(podcast::Catalogue& catalogue, const accounts::Suspensions& suspensions, podcast::Addresses addresses,
       delivery::Arrangements& arrangements, ads::AdServer& ads, stats::RequestLog& log, const Clock& clock, std::function<bool()> ready,
       const uptime::StatusBoard& status, std::vector<std::string> former_origins, Places::ShowOf show_of_domain)
      : places{std::move(addresses), std::move(former_origins), std::move(show_of_domain)},
        shows{catalogue, suspensions},
        media{shows, arrangements, ads, log, clock},
        pages{shows, clock, status},
        discovery{shows, places, clock},
        health{std::move(ready)} {}

  Places places;
  PublicShows shows;
  MediaSite media;
  PagesSite pages;
  DiscoverySite discovery;
  Health health;
};

Site::Site(podcast::Catalogue& catalogue, const accounts::Suspensions& suspensions, podcast::Addresses addresses,
           delivery::Arrangements& arrangements, ads::AdServer& ads, stats::RequestLog& log, const Clock& clock,
           std::function<bool()> ready, const uptime::StatusBoard& status, std::vector<std::string> former_origins,
           Places::ShowOf show_of_domain)
    : impl_{std::make_shared<Impl>(catalogue, suspensions, std::move(addresses), arrangements, ads, log, clock, std::move(ready), status,
                                   std::move(former_origins), std::move(show_of_domain))} {}

const Places& Site::places() const noexcept { return impl_->places; }

asio::awaitable<http::Response> Site::answer(http::Request& request) { co_return co_await answer_at(impl_->places.platform(), request); }

asio::awaitable<http::Response> Site::answer_at(const Place& place, http::Request& request) {
  const bool open = is_open_to_every_origin(request.path);
  if (open && request.method == http::Method::options) co_return preflight();
  http::Response response;
  if (const auto tidy = reads(request) ? tidied(request.path) : std::nullopt) {
    auto address = place.addresses.origin() + encoded_path(*tidy);
    if (!request.query.empty()) address += "?" + request.query;
    response = http::redirect(301, std::move(address));
  } else {
    Visit visit{request, place};
    if (reads(request) && PagesSite::wants_feed_as_page(request)) {
      response = co_await impl_->pages.feed(visit);
    } else {
      response = co_await http::dispatch_to(visit, impl_->media, impl_->pages, impl_->discovery, impl_->health);
    }
  }
  if (response.status == 404 || response.status == 410 || response.status == 451) {
    if (is_for_a_browser(request)) response = as_page(std::move(response), place.is_domain());
    response.fields.set("Vary", "Accept");
    // What is not there now may be there in a second, and a takedown may end: no cache may keep either (RFC 9110 §15.1 lets it).
    response.fields.set("Cache-Control", "no-store");
  }
  if (open) open_to_every_origin(response);
  say_policy(request, response);
  co_return response;
}

asio::awaitable<http::Response> Site::answer_plain(http::Request& request) {
  http::Allowed allowed;
  if (reads(request)) {
    if (auto health = co_await impl_->health.answer(request, allowed)) co_return std::move(*health);
  }
  if (request.path.starts_with(kChallenges)) co_return http::not_found("No challenge is pending at this address.");
  const bool open = is_open_to_every_origin(request.path);
  if (open && request.method == http::Method::options) co_return preflight();
  // A target that is no path ("*", a whole address) has no place behind our origin.
  const auto target = request.target.starts_with('/') ? request.target : std::string{"/"};
  auto response = http::redirect(permanent_redirect_for(request.method), impl_->places.platform().addresses.origin() + target);
  if (open) open_to_every_origin(response);
  co_return response;
}

}  // namespace carillon::site
