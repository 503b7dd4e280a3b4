#pragma once
// What pages load beside their HTML: style sheets and the player's script. Another text is another name, so that each may be kept for ever.

#include "body/body.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace carillon::site {

struct Asset {
  std::string path;  ///< "/styles/site-0123456789ab.css"
  std::string_view content_type;
  std::string etag;  ///< strong, quoted
  std::shared_ptr<const std::string> text;
  Body gzip;
};

/// Any thread; made at the first call.
[[nodiscard]] const Asset& page_style();     ///< of every page but the embedded player
[[nodiscard]] const Asset& embed_style();    ///< of the embedded player
[[nodiscard]] const Asset& player_script();  ///< of both
[[nodiscard]] const Asset& icon();           ///< in the tab of both
/// At their well-known paths, which browsers and phones ask for by themselves. A cover that replaces them must change them soon.
[[nodiscard]] const Asset& favicon();     ///< /favicon.ico
[[nodiscard]] const Asset& touch_icon();  ///< /apple-touch-icon.png: on the home screen of a phone
/// Null when there is none of that path.
[[nodiscard]] const Asset* asset_at(std::string_view path);

}  // namespace carillon::site
