// See assets.hpp.

#include "site/pages/assets.hpp"

#include "base/compress.hpp"
#include "crypto/sha256.hpp"

#include <initializer_list>

namespace carillon::site {
namespace embedded {

extern const std::string_view palette_css;
extern const std::string_view site_css;
extern const std::string_view player_css;
extern const std::string_view embed_css;
extern const std::string_view player_js;
extern const std::string_view icon_svg;
extern const std::string_view favicon_ico;
extern const std::string_view touch_icon_png;

}  // namespace embedded

namespace {

constexpr std::size_t kNameLength = 12;  // hexadecimal digits of the digest
constexpr std::string_view kCss = "text/css; charset=utf-8";
constexpr std::string_view kSvg = "image/svg+xml";
constexpr std::string_view kJavaScript = "text/javascript; charset=utf-8";  // RFC 9239 §6

Asset asset(std::string_view name, std::string_view ending, std::string_view content_type, std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const auto& part : parts) text += part;
  const auto digest = crypto::sha256(as_bytes(text)).hex();
  Asset made{.path = std::string{name} + "-" + digest.substr(0, kNameLength) + std::string{ending},
             .content_type = content_type,
             .etag = "\"" + digest + "\"",
             .text = {},
             .gzip = Body::of(gzip(text))};
  made.text = std::make_shared<const std::string>(std::move(text));
  return made;
}

/// At a path that stays when the file changes.
Asset at_fixed_path(std::string path, std::string_view content_type, std::string_view bytes) {
  auto made = asset("", "", content_type, {bytes});
  made.path = std::move(path);
  return made;
}

}  // namespace

const Asset& page_style() {
  using namespace embedded;
  static const auto made = asset("/styles/site", ".css", kCss, {palette_css, player_css, site_css});
  return made;
}

const Asset& embed_style() {
  using namespace embedded;
  static const auto made = asset("/styles/embed", ".css", kCss, {palette_css, player_css, embed_css});
  return made;
}

const Asset& player_script() {
  static const auto made = asset("/scripts/player", ".js", kJavaScript, {embedded::player_js});
  return made;
}

const Asset& icon() {
  static const auto made = asset("/icons/bell", ".svg", kSvg, {embedded::icon_svg});
  return made;
}

const Asset& favicon() {
  static const auto made = at_fixed_path("/favicon.ico", "image/x-icon", embedded::favicon_ico);
  return made;
}

const Asset& touch_icon() {
  static const auto made = at_fixed_path("/apple-touch-icon.png", "image/png", embedded::touch_icon_png);
  return made;
}

const Asset* asset_at(std::string_view path) {
  if (path == "/apple-touch-icon-precomposed.png") return &touch_icon();
  for (const auto* each : {&page_style(), &embed_style(), &player_script(), &icon(), &favicon(), &touch_icon()}) {
    if (each->path == path) return each;
  }
  return nullptr;
}

}  // namespace carillon::site
