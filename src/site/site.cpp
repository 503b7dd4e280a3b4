// See site.hpp. The route table is in routes.cpp, the answers in page_handlers.cpp and media_handlers.cpp.

#include "site/site.hpp"

#include "base/text.hpp"
#include "http/router.hpp"
#include "site/pages/pages.hpp"
#include "site/routes.hpp"

namespace carillon::site {
namespace {

constexpr std::string_view kChallenges = "/.well-known/acme-challenge/";

/// Nothing but our own files, and no script within the page: notes come from publishers, not from us. A nonce would make every answer
/// another and keep pages out of every cache; what is served from here as a script is ours alone, since everything else says its type.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; form-action 'none'; base-uri 'none'; "
    "frame-ancestors ";

/// What other people's pages may show within theirs.
constexpr std::string_view kEmbedded = "/embed/";

constexpr ByteCount kMostInPageCache{24ULL << 20};

bool is_for_a_browser(const http::Request& request) {
  return lower_ascii(request.fields.joined("Accept").value_or(std::string{})).find("text/html") != std::string::npos;
}

/// The same answer as a page with a way out of the dead end, for those who can look at one.
http::Response as_page(http::Response response) {
  const auto sentence = whole(response.body);
  auto page = http::html(response.status, error_page(response.status == 451 ? "Not available" : "Nothing is here",
                                                     trimmed(sentence ? *sentence : std::string{})));
  page.on_finished = std::move(response.on_finished);
  page.close = response.close;
  return page;
}

void secure(const http::Request& request, http::Response& response) {
  auto& fields = response.fields;
  fields.set("X-Content-Type-Options", "nosniff");
  if (!fields.get("Content-Type").value_or("").starts_with("text/html")) return;
  fields.set("Content-Security-Policy", std::string{kContentSecurityPolicy} + (request.path.starts_with(kEmbedded) ? "*" : "'none'"));
  fields.set("Referrer-Policy", "strict-origin-when-cross-origin");
}

}  // namespace

struct Site::Impl {
  template <class... Part>
  explicit Impl(Part&&... parts) : handlers{std::forward<Part>(parts)...} {}
  Handlers handlers;
};

Handlers::Handlers(podcast::Catalogue& catalogue, const accounts::Suspensions& suspensions, podcast::Addresses addresses,
                   stats::RequestLog& log, const Clock& clock, std::function<bool()> ready, const uptime::StatusBoard& status,
                   std::vector<std::string> former_origins)
    : catalogue_{catalogue},
      suspensions_{suspensions},
      addresses_{std::move(addresses)},
      log_{log},
      clock_{clock},
      ready_{std::move(ready)},
      status_{status},
      origins_{std::move(former_origins)},
      pages_{std::make_unique<PageCache>(kMostInPageCache)} {
  origins_.push_back(addresses_.origin());
}

std::optional<http::Response> Handlers::taken_down(const podcast::Show& show) const {
  const auto reason = suspensions_.of(show.network, show.slug);
  if (!reason) return {};
  auto response = http::plain(451, "This is not available: " + *reason);
  response.fields.set("Cache-Control", "no-store");
  return response;
}

Site::Site(podcast::Catalogue& catalogue, const accounts::Suspensions& suspensions, podcast::Addresses addresses, stats::RequestLog& log,
           const Clock& clock, std::function<bool()> ready, const uptime::StatusBoard& status, std::vector<std::string> former_origins)
    : impl_{std::make_shared<Impl>(catalogue, suspensions, std::move(addresses), log, clock, std::move(ready), status,
                                   std::move(former_origins))} {}

asio::awaitable<http::Response> Site::answer(http::Request& request) {
  auto response = co_await http::dispatch(routes(), impl_->handlers, request, http::AdmitByPermission{});
  if (response.status == 404 || response.status == 451) {
    if (is_for_a_browser(request)) response = as_page(std::move(response));
    response.fields.set("Vary", "Accept");
  }
  secure(request, response);
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
