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
/// What the player needs where it is narrow: the frame has max-width: 100%, and a phone's column shrinks its width but not its height.
constexpr int kHeight = 248;
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

std::string iframe(const std::string& address, const std::string& title, PlayerSize size) {
  return fmt::format(
      "<iframe src=\"{}\" title=\"{}\" width=\"{}\" height=\"{}\" style=\"border:0;border-radius:10px;max-width:100%\" loading=\"lazy\" "
      "allow=\"clipboard-write\"></iframe>",
      escaped_markup(address), escaped_markup(title), size.width, size.height);
}

/// What the descriptions of shows and episodes have in common.
boost::json::object description_of(const podcast::Addresses& addresses, const podcast::Show& show, const std::string& title,
                                   const podcast::Picture* cover, const PlayerLimits& limits) {
  const auto host = addresses.origin().find("://");
  boost::json::object document{{"version", "1.0"},
                               {"type", "link"},
                               {"provider_name", host == std::string::npos ? addresses.origin() : addresses.origin().substr(host + 3)},
                               {"provider_url", addresses.origin() + "/"},
                               {"title", title},
                               {"author_name", show.title},
                               {"author_url", addresses.page(show)},
                               {"cache_age", kCacheSeconds}};
  if (cover) {
    const int most = std::min(limits.width.value_or(cover->side), limits.height.value_or(cover->side));
    // Smaller than the smallest of its files is none.
    if (auto [address, side] = sized_picture(addresses, *cover, std::min(most, kLargestOnPages)); side <= most) {
      document["thumbnail_url"] = std::move(address);
      document["thumbnail_width"] = side;
      document["thumbnail_height"] = side;
    }
  }
  return document;
}

void add_player(boost::json::object& document, const std::string& address, const std::string& title, const PlayerLimits& limits) {
  const auto size = player_size(limits);
  document["type"] = "rich";
  document["html"] = iframe(address, title, size);
  document["width"] = size.width;
  document["height"] = size.height;
}

}  // namespace

PlayerSize player_size(const PlayerLimits& limits) {
  PlayerSize size;
  size.width = std::min(kWidth, limits.width.value_or(kWidth));
  size.height = std::min(kHeight, limits.height.value_or(kHeight));
  return size;
}

std::string embed_address(const podcast::Addresses& addresses, const podcast::Episode& episode) {
  return addresses.origin() + "/embed/" + episode.id;
}

std::string embed_address(const podcast::Addresses& addresses, const podcast::Show& show) {
  return addresses.origin() + "/embed/shows/" + show.slug;
}

std::string oembed_address(const podcast::Addresses& addresses, const std::string& page) {
  return addresses.origin() + "/oembed?format=json&url=" + percent_encoded(page);
}

std::string embed_code(const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode, PlayerSize size) {
  return iframe(embed_address(addresses, episode), episode.title + " – " + show.title, size);
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

std::optional<Embeddable> embeddable_in(std::string_view url, const Places& places) {
  if (url.size() > kLongestEmbeddedUrl) return {};
  const auto parts = parts_of(trimmed(url));
  if (!parts) return {};
  auto place = places.at_origin(parts->origin);
  if (!place) return {};
  auto path = parts->path;
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto found = place->is_domain() ? path_on_platform(path, place->show) : std::string{path};
  const auto segments = split(std::string_view{found}.substr(1), '/');
  if (segments.size() == 2 && segments[0] == "embed" && is_id(segments[1]))
    return Embeddable{std::move(*place), {}, {}, std::string{segments[1]}};
  if (segments.size() == 2 && segments[0] == "shows" && is_slug(segments[1]))
    return Embeddable{std::move(*place), std::string{segments[1]}, {}, {}};
  if (segments.size() == 3 && segments[0] == "embed" && segments[1] == "shows" && is_slug(segments[2]))
    return Embeddable{std::move(*place), std::string{segments[2]}, {}, {}};
  if (segments.size() == 3 && segments[0] == "shows" && is_slug(segments[1]) && is_slug(segments[2]))
    return Embeddable{std::move(*place), std::string{segments[1]}, std::string{segments[2]}, {}};
  return {};
}

std::string oembed_document(const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode,
                            const PlayerLimits& limits) {
  auto document = description_of(addresses, show, episode.title, podcast::cover_of(show, episode), limits);
  add_player(document, embed_address(addresses, episode), episode.title + " – " + show.title, limits);
  return json_text(document);
}

std::string oembed_document(const podcast::Addresses& addresses, const podcast::ShowSnapshot& snapshot, const PlayerLimits& limits) {
  const auto& show = snapshot.show;
  auto document = description_of(addresses, show, show.title, show.cover ? &*show.cover : nullptr, limits);
  if (!snapshot.episodes.empty()) add_player(document, embed_address(addresses, show), show.title, limits);
  return json_text(document);
}

}  // namespace carillon::site
