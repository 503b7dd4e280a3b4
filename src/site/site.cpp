// See site.hpp. The route table is in routes.cpp, the answers in page_handlers.cpp and media_handlers.cpp.

#include "site/site.hpp"

#include "base/text.hpp"
#include "http/router.hpp"
#include "site/pages.hpp"
#include "site/routes.hpp"

namespace carillon::site {
namespace {

constexpr std::string_view kChallenges = "/.well-known/acme-challenge/";

/// Nothing but our own style, pictures and audio, and no script at all: notes come from publishers, not from us.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

bool is_for_a_browser(const http::Request& request) {
  return lower_ascii(request.fields.joined("Accept").value_or(std::string{})).find("text/html") != std::string::npos;
}

/// The same answer as a page with a way out of the dead end, for those who can look at one.
http::Response as_page(http::Response response) {
  const auto sentence = whole(response.body);
  auto page = http::html(response.status, error_page(response.status == 451 ? "Not available" : "Nothing is here",
                                                     trimmed(sentence ? *sentence : std::string{})));
  page.close = response.close;
  return page;
}

void secure(http::Response& response) {
  auto& fields = response.fields;
  fields.set("X-Content-Type-Options", "nosniff");
  if (!fields.get("Content-Type").value_or("").starts_with("text/html")) return;
  fields.set("Content-Security-Policy", std::string{kContentSecurityPolicy});
  fields.set("Referrer-Policy", "strict-origin-when-cross-origin");
}

}  // namespace

struct Site::Impl {
  Handlers handlers;
};

Handlers::Handlers(podcast::Catalogue& catalogue, const accounts::Suspensions& suspensions, podcast::Addresses addresses,
                   stats::RequestLog& log, const Clock& clock, std::function<bool()> ready)
    : catalogue_{catalogue},
      suspensions_{suspensions},
      addresses_{std::move(addresses)},
      log_{log},
      clock_{clock},
      ready_{std::move(ready)} {}

std::optional<http::Response> Handlers::taken_down(const podcast::Show& show) const {
  const auto reason = suspensions_.of(show.network, show.slug);
  if (!reason) return {};
  auto response = http::plain(451, "This is not available: " + *reason);
  response.fields.set("Cache-Control", "no-store");
  return response;
}

Site::Site(podcast::Catalogue& catalogue, const accounts::Suspensions& suspensions, podcast::Addresses addresses, stats::RequestLog& log,
           const Clock& clock, std::function<bool()> ready)
    : impl_{std::make_shared<Impl>(Handlers{catalogue, suspensions, std::move(addresses), log, clock, std::move(ready)})} {}

asio::awaitable<http::Response> Site::answer(http::Request& request) {
  auto response = co_await http::dispatch(routes(), impl_->handlers, request, http::AdmitByPermission{});
  if (response.status == 404 || response.status == 451) {
    if (is_for_a_browser(request)) response = as_page(std::move(response));
    response.fields.set("Vary", "Accept");
  }
  secure(response);
  co_return response;
}

asio::awaitable<http::Response> Site::answer_plain(http::Request& request) {
  const bool reads = request.method == http::Method::get || request.method == http::Method::head;
  if (reads && request.path == "/healthz") co_return co_await impl_->handlers.healthz(request);
  if (reads && request.path == "/readyz") co_return co_await impl_->handlers.readyz(request);
  if (request.path.starts_with(kChallenges)) co_return http::not_found("No certificate authority is expected to ask for this now.");
  // A target that is no path ("*", a whole address) has no place behind our origin.
  const auto target = request.target.starts_with('/') ? request.target : std::string{"/"};
  co_return http::redirect(308, impl_->handlers.addresses().origin() + target);
}

}  // namespace carillon::site
