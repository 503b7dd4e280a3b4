// See studio.hpp.

#include "site/studio/studio.hpp"

#include "base/encoding.hpp"
#include "crypto/sha256.hpp"
#include "http/conditional.hpp"

#include <algorithm>
#include <array>

namespace carillon::site {
namespace {

constexpr std::string_view kRoot = "/studio";
constexpr std::string_view kFiles = "/studio/assets/";
constexpr std::string_view kNonce = "%nonce%";
constexpr std::size_t kNonceBytes = 18;
constexpr std::string_view kForEver = "public, max-age=31536000, immutable";

/// Only what the page itself names runs, and what that loads; nothing comes from elsewhere, and nobody frames it.
http::PagePolicy policy_with(const std::string& nonce) {
  return {.scripts = "'nonce-" + nonce + "' 'strict-dynamic'",
          .styles = "'self' 'nonce-" + nonce + "'",
          .images = "'self' blob: data:",
          .media = "'self' blob:",
          .connections = "'self'",
          .frames = "'self'",
          .forms = "'self'",
          .referrer = "same-origin"};
}

http::Response page(Random& random) {
  std::array<std::byte, kNonceBytes> bytes{};
  random.fill(bytes);
  const auto nonce = to_base64url(bytes);
  std::string html{studio_page()};
  for (auto at = html.find(kNonce); at != std::string::npos; at = html.find(kNonce, at)) html.replace(at, kNonce.size(), nonce);
  auto response = http::html(200, std::move(html));
  response.fields.set("Cache-Control", "no-store");  // a nonce is for one answer
  *response.policy = policy_with(nonce);
  return response;
}

/// The bytes are the program's own: nobody has to keep them alive.
Body body_of(std::string_view bytes) {
  Body body;
  body.append(BytesSlice{.owner = nullptr, .bytes = as_bytes(bytes)});
  return body;
}

http::Response file(const http::Request& request, const StudioFile& found) {
  http::Representation representation;
  representation.body = body_of(found.bytes);
  if (!found.gzip.empty()) representation.gzip = body_of(found.gzip);
  representation.etag = "\"" + crypto::sha256(as_bytes(found.bytes)).hex() + "\"";
  representation.content_type = found.content_type;
  representation.cache_control = kForEver;
  return http::represent(request, std::move(representation));
}

}  // namespace

std::optional<http::Response> Studio::answer(const http::Request& request) {
  if (request.path != kRoot && !request.path.starts_with(std::string(kRoot) + "/")) return std::nullopt;
  if (request.method != http::Method::get && request.method != http::Method::head) {
    auto refused = http::plain(405, "Studio pages support only GET.");
    refused.fields.set("Allow", "GET, HEAD");
    return refused;
  }
  if (request.path == kRoot) return http::redirect(308, std::string(kRoot) + "/");
  if (request.path.starts_with(kFiles)) {
    const auto files = studio_files();
    const auto found = std::ranges::find(files, request.path, &StudioFile::path);
    if (found == files.end()) return http::not_found("This file isn't part of the current version of the studio. Reload the page.");
    return file(request, *found);
  }
  return page(random_);
}

}  // namespace carillon::site
