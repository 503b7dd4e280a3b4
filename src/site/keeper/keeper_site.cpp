// See keeper_site.hpp.

#include "site/keeper/keeper_site.hpp"

#include "base/ip/address.hpp"
#include "base/text.hpp"

namespace carillon::site {
namespace {

constexpr std::string_view kChallenges = "/.well-known/acme-challenge/";
constexpr std::string_view kCalendar = "/api/v1/calendar.ics";
constexpr std::string_view kAcknowledge = "/acknowledge/";
constexpr ByteCount kLargestForm{4096};

http::Response as_response(incidents::Page page) {
  auto response = http::html(page.status, std::move(page.html));
  response.fields.set("Cache-Control", "no-store");
  response.policy->styles = "'unsafe-inline'";
  response.policy->forms = "'self'";
  return response;
}

bool reads(const http::Request& request) { return request.method == http::Method::get || request.method == http::Method::head; }

}  // namespace

asio::awaitable<std::optional<http::Response>> KeeperSite::answer(http::Request& request) {
  // Without its secret it is one of the API's, for operators who are signed in.
  if (reads(request) && request.path == kCalendar && request.query_parameter("token")) co_return co_await calendar(request);
  if (!request.path.starts_with(kAcknowledge)) co_return std::nullopt;
  const auto token = request.path.substr(kAcknowledge.size());
  if (reads(request)) {
    // Looking changes nothing: mail scanners follow every link.
    co_return as_response(co_await parts_.workers.run([&] { return parts_.acknowledging.acknowledge_page(token); }));
  }
  if (request.method == http::Method::post) {
    const auto form = co_await request.body->read_all(kLargestForm);
    if (!form) co_return http::problem(form.error());
    const auto from = region_of(request.peer.address);
    co_return as_response(co_await parts_.workers.run([&] { return parts_.acknowledging.acknowledge(token, *form, from); }));
  }
  auto refused = http::plain(405, "This URL supports only GET and POST.");
  refused.fields.set("Allow", "GET, HEAD, POST");
  co_return refused;
}

asio::awaitable<http::Response> KeeperSite::calendar(const http::Request& request) {
  const auto token = request.query_parameter("token").value_or("");
  auto drawn = co_await parts_.workers.run([&]() -> std::optional<Result<std::string>> {
    if (!parts_.opens_calendar(token)) return std::nullopt;
    return parts_.calendar();
  });
  if (!drawn && parts_.refused_calendar) parts_.refused_calendar(request);
  if (!drawn)
    co_return http::problem(
        401, "sign-in-needed",
        "This calendar URL's token is missing or invalid. An operator can get the full URL with `carillon cert calendar`.");
  auto& text = *drawn;
  if (!text) co_return http::problem(text.error());
  http::Response response;
  response.fields.set("Content-Type", "text/calendar; charset=utf-8");
  response.fields.set("Cache-Control", "no-store");
  response.body = Body::of(std::move(*text));
  co_return response;
}

std::optional<http::Response> KeeperSite::challenge(const http::Request& request) const {
  if (!request.path.starts_with(kChallenges)) return {};
  if (!reads(request)) return http::plain(405, "This URL supports only GET.");
  const auto answer = parts_.challenges.http_answer(std::string_view(request.path).substr(kChallenges.size()));
  if (!answer) return http::not_found("No challenge is pending at this address.");
  http::Response response;
  response.fields.set("Content-Type", "application/octet-stream");
  response.fields.set("Cache-Control", "no-store");
  response.body = Body::of(*answer);
  return response;
}

std::optional<http::Response> KeeperSite::health(const http::Request& request) const {
  if (!reads(request)) return {};
  if (request.path == "/healthz") return http::plain(200, "The server is running.");
  if (request.path == "/readyz")
    return parts_.ready() ? http::plain(200, "The server is ready for traffic.")
                          : http::plain(503, "The server is starting or shutting down.");
  return {};
}

std::string KeeperSite::status_page() const {
  std::size_t all = 0, late = 0;
  for (const auto& status : parts_.keeper.list()) {
    ++all;
    late += status.state == "expired" || status.state == "late" ? 1 : 0;
  }
  const auto watched = parts_.watched();
  all += watched.all;
  late += watched.unwell;
  const auto round = parts_.keeper.last_round();
  const std::string verdict =
      late == 1  ? "1 of " + std::to_string(all) + " certificates needs attention. “carillon doctor” says what to do."
      : late > 1 ? std::to_string(late) + " of " + std::to_string(all) + " certificates need attention. “carillon doctor” says what to do."
      : all == 0 ? "No certificates are managed here yet."
      : all == 1 ? "The certificate is fine."
                 : "All " + std::to_string(all) + " certificates are fine.";
  return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
         "content=\"width=device-width\"><title>Carillon guard</title><style>"
         ":root{color-scheme:light dark}body{font:1.125rem/1.5 system-ui,sans-serif;max-width:38rem;margin:12vh auto;padding:0 "
         "1.5rem}h1{font-size:1.5rem}p{margin:.5rem 0}small{opacity:.75}"
         "</style></head><body><main><h1>" +
         escaped_markup(late > 0 ? "Some certificates need attention" : "All is well") + "</h1><p>" + escaped_markup(verdict) +
         "</p><p><small>Last check: " +
         escaped_markup(round ? to_rfc3339(std::chrono::floor<std::chrono::seconds>(*round)) : "not finished yet") +
         ". Operators can list the certificates: <code>carillon cert list</code>.</small></p></main></body></html>\n";
}

asio::awaitable<http::Response> KeeperSite::answer_guard(http::Request& request) {
  if (auto ours = co_await answer(request)) co_return std::move(*ours);
  if (reads(request) && request.path == kCalendar) co_return co_await calendar(request);  // a guard signs nobody in
  if (auto ours = health(request)) co_return std::move(*ours);
  if (reads(request) && (request.path == "/" || request.path == "/status")) co_return as_response({.status = 200, .html = status_page()});
  co_return http::not_found("There's nothing at this address. This server only manages certificates. Its status is at /status.");
}

asio::awaitable<http::Response> KeeperSite::answer_guard_plain(http::Request& request) {
  if (auto proof = challenge(request)) co_return std::move(*proof);
  if (auto ours = health(request)) co_return std::move(*ours);
  const auto target = request.target.starts_with('/') ? request.target : std::string{"/"};
  co_return http::redirect(308, parts_.origin + target);
}

}  // namespace carillon::site
