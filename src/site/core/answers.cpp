// See answers.hpp.

#include "site/core/answers.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace carillon::site {
namespace {

/// What a script may ask with beside what the Fetch standard lists as safe; "*" is for what comes later, and old browsers don't know it.
constexpr std::string_view kAllowedFields =
    "Range, If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, Cache-Control, *";
/// What a script may read beside what it always may (Fetch, "CORS-safelisted response-header name": Content-Length, Content-Type,
/// Last-Modified and the like).
constexpr std::string_view kExposedFields = "Accept-Ranges, Content-Encoding, Content-Range, Date, ETag, Link";
constexpr std::string_view kPreflightKept = "86400";  // seconds

/// By the first segment of the paths that have nothing but small letters, how many segments those are.
struct SmallLetters {
  std::string_view first;
  std::size_t segments;
};
constexpr std::size_t kAll = 9;
constexpr std::array kSmallLetters{
    SmallLetters{"e", 2},        SmallLetters{"embed", kAll},       SmallLetters{"episodes", 2},    SmallLetters{"feed.xml", kAll},
    SmallLetters{"feeds", kAll}, SmallLetters{"oembed", kAll},      SmallLetters{"pictures", kAll}, SmallLetters{"robots.txt", kAll},
    SmallLetters{"shows", kAll}, SmallLetters{"sitemap.xml", kAll}, SmallLetters{"sitemaps", kAll}, SmallLetters{"status", kAll},
    SmallLetters{"studio", 1}};

std::size_t small_letters_of(const std::vector<std::string_view>& segments) {
  if (segments.empty()) return 0;
  const auto* found = std::ranges::find_if(kSmallLetters, [&](const auto& each) { return equal_ignoring_case(each.first, segments[0]); });
  if (found != kSmallLetters.end()) return found->segments;
  // "/A-Talk" is an episode on a show's own domain.
  return segments.size() == 1 && is_slug(lower_ascii(segments[0])) ? 1 : 0;
}

/// Whether it could be a slug, an id or the name of a file, but for its capitals.
bool is_name(std::string_view segment) {
  return std::ranges::all_of(lower_ascii(segment),
                             [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.'; });
}

/// Nearly every request has such a path, and is spared a copy of it in pieces.
bool is_surely_tidy(std::string_view path) {
  if (!path.starts_with('/') || path.ends_with('/') || path.ends_with(".xml") || path.ends_with(".rss") || path == "/studio") return false;
  return !path.contains("//") && std::ranges::none_of(path, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

bool is_open_to_every_origin(std::string_view path) {
  static constexpr std::array<std::string_view, 6> kOpen{"/a/", "/e/", "/episodes/", "/feeds/", "/pictures/", "/oembed"};
  return path == "/feed.xml" || std::ranges::any_of(kOpen, [&](std::string_view each) { return path.starts_with(each); });
}

http::Response gone(std::string sentence) { return http::plain(410, std::move(sentence)); }

void open_to_every_origin(http::Response& response) {
  response.fields.set("Access-Control-Allow-Origin", "*");
  // The response that a 304 confirms has said it (RFC 9110 §15.4.5).
  if (response.status != 304) response.fields.set("Access-Control-Expose-Headers", std::string{kExposedFields});
}

http::Response preflight() {
  http::Response response{.status = 204};
  open_to_every_origin(response);
  response.fields.set("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS");
  response.fields.set("Access-Control-Allow-Headers", std::string{kAllowedFields});
  response.fields.set("Access-Control-Max-Age", std::string{kPreflightKept});
  response.fields.set("Allow", "GET, HEAD, OPTIONS");
  return response;
}

std::optional<std::string> tidied(std::string_view path) {
  if (is_surely_tidy(path)) return std::nullopt;
  std::vector<std::string_view> segments;
  for (const auto segment : split(path, '/')) {
    if (!segment.empty()) segments.push_back(segment);
  }
  const auto small = small_letters_of(segments);
  std::string tidy;
  for (std::size_t i = 0; i < segments.size(); ++i)
    tidy += "/" + (i < small && is_name(segments[i]) ? lower_ascii(segments[i]) : std::string{segments[i]});
  if (tidy.empty()) tidy = "/";
  constexpr std::string_view kFeeds = "/feeds/";
  for (const std::string_view ending : {".xml", ".rss"}) {
    if (tidy.starts_with(kFeeds) && tidy.ends_with(ending) &&
        is_slug(std::string_view{tidy}.substr(kFeeds.size(), tidy.size() - kFeeds.size() - ending.size())))
      tidy.resize(tidy.size() - ending.size());
  }
  if (tidy == "/studio") tidy += '/';
  if (tidy == path) return std::nullopt;
  return tidy;
}

std::string encoded_path(std::string_view path) {
  std::string encoded;
  for (const auto segment : split(path.substr(1), '/')) encoded += "/" + percent_encoded(segment);
  return encoded;
}

int permanent_redirect_for(http::Method method) { return method == http::Method::get || method == http::Method::head ? 301 : 308; }

}  // namespace carillon::site
