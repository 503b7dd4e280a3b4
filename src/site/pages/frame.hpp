#pragma once
// What stands around the content of every page: its head with what search engines and cards read, and the way back.

#include <string>

namespace carillon::site {

/// Texts as they are; "" leaves out what is made of them.
struct Frame {
  std::string title;
  std::string summary;
  std::string canonical;  ///< "" for pages that nobody should find again
  std::string og_type, og_title, og_site, og_image, og_audio;
  int og_image_side = 0;
  std::string og_image_of;  ///< whose cover that is
  std::string touch_icon;   ///< where phones get the picture of a page that was put on their home screen
  std::string feed, feed_title;
  std::string oembed;           ///< where what embeds this page is described
  std::string embedded_player;  ///< the address of the player for other sites
  std::string structured;       ///< JSON-LD, safe within a script element
  bool has_player = false;
  bool at_start = false;   ///< the page that every other leads back to
  bool at_domain = false;  ///< of a show's own domain: there are no other shows, and no status page
  bool hidden = false;     ///< its publisher asks search engines not to index it
  std::string up_path, up_title;
  std::string language;
  std::string copyright;
};

/// `content` is safe HTML.
[[nodiscard]] std::string framed(Frame frame, std::string content);

}  // namespace carillon::site
