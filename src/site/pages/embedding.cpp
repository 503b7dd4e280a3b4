// See embedding.hpp.

#include "site/pages/embedding.hpp"

#include "base/encoding.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "site/pages/assets.hpp"
#include "site/pages/facts.hpp"
#include "site/pages/templates.hpp"

#include <fmt/format.h>
#include <boost/json/object.hpp>

#include <algorithm>

namespace carillon::site {
namespace {

constexpr int kWidth = 600;
constexpr int kHeight = 200;
/// Below this width the controls take a second line, as player.css has it.
constexpr int kNarrow = 512;
constexpr int kNarrowHeight = 240;
constexpr int kCacheSeconds = 3600;  // how long those who embed may keep the description

struct Parts {
  std::string_view origin, path;
};

/// "https://host:port" and "/path" without query and fragment.
std::optional<Parts> parts_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto slash = url.find_first_of("/?#", scheme + 3);
  if (slash == std::string_view::npos || url[slash] != '/') return {};
  auto path = url.substr(slash);
  path = path.substr(0, path.find_first_of("?#"));
  return Parts{url.substr(0, slash), path};
}

/// Without the port that the scheme implies.
std::string_view shortest(std::string_view origin) {
  constexpr std::string_view kImplied = ":443";
  return origin.ends_with(kImplied) ? origin.substr(0, origin.size() - kImplied.size()) : origin;
}

}  // namespace

PlayerSize player_size(const PlayerLimits& limits) {
  PlayerSize size;
  size.width = std::min(kWidth, limits.width.value_or(kWidth));
  size.height = size.width < kNarrow ? kNarrowHeight : kHeight;
  size.height = std::min(size.height, limits.height.value_or(size.height));
  return size;
}

std::string embed_address(const podcast::Addresses& addresses, const podcast::Episode& episode) {
  return addresses.origin() + "/embed/" + episode.id;
}

std::string oembed_address(const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode) {
  return addresses.origin() + "/oembed?format=json&url=" + percent_encoded(addresses.page(show, episode));
}

std::string embed_code(const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode, PlayerSize size) {
  return fmt::format(
      "<iframe src=\"{}\" title=\"{}\" width=\"{}\" height=\"{}\" style=\"border:0;border-radius:10px;max-width:100%\" loading=\"lazy\" "
      "allow=\"clipboard-write\"></iframe>",
      escaped_markup(embed_address(addresses, episode)), escaped_markup(episode.title + " – " + show.title), size.width, size.height);
}

std::string embed_page(const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode,
                       const podcast::EpisodeReading& reading) {
  Values values;
  add_episode(values, addresses, show, episode);
  add_cover(values, addresses, show, episode);
  add_chapters(values, reading.chapters, embedded_audio_path(addresses, episode), kMaxEmbeddedChapters);
  values.texts["show_name"] = show.title;
  values.texts["show_address"] = addresses.page(show);
  values.texts["page_address"] = addresses.page(show, episode);
  values.texts["player"] = player_of(addresses, show, episode, PlayerKind::embedded);
  values.texts["style"] = embed_style().path;
  values.texts["icon"] = icon().path;
  values.texts["script"] = player_script().path;
  return render(Template::embed, values);
}

std::optional<Embeddable> embeddable_in(std::string_view url, std::span<const std::string> origins) {
  if (url.size() > kLongestEmbeddedUrl) return {};
  const auto parts = parts_of(trimmed(url));
  if (!parts) return {};
  const auto ours = std::ranges::any_of(
      origins, [&](const std::string& origin) { return equal_ignoring_case(shortest(origin), shortest(parts->origin)); });
  if (!ours) return {};
  auto path = parts->path.substr(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  const auto segments = split(path, '/');
  if (segments.size() == 2 && segments[0] == "embed" && is_id(segments[1])) return Embeddable{{}, {}, std::string{segments[1]}};
  if (segments.size() == 3 && segments[0] == "shows" && is_slug(segments[1]) && is_slug(segments[2]))
    return Embeddable{std::string{segments[1]}, std::string{segments[2]}, {}};
  return {};
}

std::string oembed_document(const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode,
                            const PlayerLimits& limits) {
  const auto size = player_size(limits);
  const auto host = addresses.origin().find("://");
  boost::json::object document{{"version", "1.0"},
                               {"type", "rich"},
                               {"provider_name", host == std::string::npos ? addresses.origin() : addresses.origin().substr(host + 3)},
                               {"provider_url", addresses.origin() + "/"},
                               {"title", episode.title},
                               {"author_name", show.title},
                               {"author_url", addresses.page(show)},
                               {"html", embed_code(addresses, show, episode, size)},
                               {"width", size.width},
                               {"height", size.height},
                               {"cache_age", kCacheSeconds}};
  if (const auto* cover = podcast::cover_of(show, episode)) {
    const int most = std::min(limits.width.value_or(cover->side), limits.height.value_or(cover->side));
    if (cover->side <= most) {
      document["thumbnail_url"] = addresses.picture(*cover);
      document["thumbnail_width"] = cover->side;
      document["thumbnail_height"] = cover->side;
    }
  }
  return json_text(document);
}

}  // namespace carillon::site
