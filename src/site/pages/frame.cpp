// See frame.hpp.

#include "site/pages/frame.hpp"

#include "site/pages/assets.hpp"
#include "site/pages/embedding.hpp"
#include "site/pages/templates.hpp"

namespace carillon::site {

std::string framed(Frame frame, std::string content) {
  Values values;
  values.texts = {{"title", std::move(frame.title)},
                  {"summary", std::move(frame.summary)},
                  {"canonical", std::move(frame.canonical)},
                  {"og_type", std::move(frame.og_type)},
                  {"og_title", std::move(frame.og_title)},
                  {"og_site", std::move(frame.og_site)},
                  {"og_image", std::move(frame.og_image)},
                  {"og_image_side", std::to_string(frame.og_image_side)},
                  {"og_image_of", std::move(frame.og_image_of)},
                  {"touch_icon", std::move(frame.touch_icon)},
                  {"og_audio", std::move(frame.og_audio)},
                  {"feed", std::move(frame.feed)},
                  {"feed_title", std::move(frame.feed_title)},
                  {"oembed", std::move(frame.oembed)},
                  {"player", std::move(frame.embedded_player)},
                  {"player_width", std::to_string(player_size({}).width)},
                  {"player_height", std::to_string(player_size({}).height)},
                  {"structured", std::move(frame.structured)},
                  {"up_path", std::move(frame.up_path)},
                  {"up_title", std::move(frame.up_title)},
                  {"language", std::move(frame.language)},
                  {"copyright", std::move(frame.copyright)},
                  {"style", page_style().path},
                  {"icon", icon().path},
                  {"script", frame.has_player ? player_script().path : std::string{}},
                  {"content", std::move(content)}};
  values.flags["at_start"] = frame.at_start;
  values.flags["at_domain"] = frame.at_domain;
  values.flags["hidden"] = frame.hidden || values.texts["canonical"].empty();
  return render(Template::layout, values);
}

}  // namespace carillon::site
