// See pages.hpp.

#include "site/pages/pages.hpp"

#include "base/text.hpp"
#include "crypto/password_policy.hpp"
#include "site/pages/embedding.hpp"
#include "site/pages/excerpt.hpp"
#include "site/pages/facts.hpp"
#include "site/pages/frame.hpp"
#include "site/pages/structured_data.hpp"
#include "site/pages/subscribe.hpp"
#include "site/pages/templates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace carillon::site {
namespace {

constexpr std::size_t kExcerptLength = 240;  // bytes, in lists
constexpr std::size_t kSummaryLength = 200;  // bytes, for search engines and cards

constexpr int kTouchIcon = 300;  // pixels; phones scale it to 180 or less

/// Of the audio as served; the snapshot of a show has the episodes' facts but not their bytes.
std::string size_of(const podcast::Episode& episode) {
  if (!episode.frozen || !episode.master) return "–";
  return to_human(podcast::enclosure_length(episode));
}

void set_image(Frame& frame, const podcast::Addresses& addresses, const podcast::Picture& cover, const std::string& of) {
  auto [address, side] = sized_picture(addresses, cover);
  frame.og_image = std::move(address);
  frame.og_image_side = side;
  frame.og_image_of = of;
}

Frame frame_of(const podcast::Addresses& addresses, const podcast::Show& show) {
  Frame frame;
  frame.og_site = show.title;
  if (show.cover) {
    set_image(frame, addresses, *show.cover, show.title);
    frame.touch_icon = path_of(addresses, sized_picture(addresses, *show.cover, kTouchIcon).address);
  }
  frame.feed = addresses.feed(show);
  frame.feed_title = show.title;
  frame.language = show.language;
  frame.copyright = show.copyright;
  frame.at_domain = addresses.is_at_domain();
  return frame;
}

std::string count_of(std::size_t episodes) {
  return episodes == 0 ? "No episodes yet" : episodes == 1 ? "1 episode" : fmt::format("{} episodes", episodes);
}

}  // namespace

std::string start_page(const podcast::Addresses& addresses, std::span<const std::shared_ptr<const podcast::ShowSnapshot>> shows) {
  Values values;
  values.flags["has_shows"] = !shows.empty();
  auto& list = values.lists["shows"];
  for (const auto& snapshot : shows) {
    const auto& show = snapshot->show;
    auto& item = list.emplace_back();
    item.texts = {{"name", show.title},
                  {"path", path_of(addresses, addresses.page(show))},
                  {"author", show.author},
                  {"language", show.language},
                  {"excerpt", excerpt_of(snapshot->description_html, kExcerptLength)},
                  {"episode_count", count_of(snapshot->episodes.size())}};
    add_cover(item, addresses, show);
  }
  Frame frame;
  frame.at_start = true;
  frame.title = "Shows";
  frame.summary = "Podcasts to listen to here or in any podcast app.";
  frame.canonical = addresses.origin() + "/";
  frame.og_type = "website";
  frame.og_title = frame.title;
  return framed(std::move(frame), render(Template::start, values));
}

std::size_t pages_of(const podcast::ShowSnapshot& show) {
  return std::max<std::size_t>(1, (show.episodes.size() + kEpisodesPerPage - 1) / kEpisodesPerPage);
}

std::string show_page(const podcast::Addresses& addresses, const podcast::ShowSnapshot& snapshot, std::size_t page) {
  const auto& show = snapshot.show;
  const auto count = snapshot.episodes.size();
  const auto pages = pages_of(snapshot);
  page = std::clamp<std::size_t>(page, 1, pages);
  const auto address = addresses.page(show);
  const auto address_of = [](const std::string& first, std::size_t number) {
    return number == 1 ? first : fmt::format("{}?page={}", first, number);
  };

  Values values;
  values.texts = {{"name", show.title},
                  {"author", show.author},
                  {"category", show.category.sub.empty() ? show.category.name : show.category.name + " · " + show.category.sub},
                  {"link", link_of(show.link)},
                  {"language", show.language},
                  {"description_html", snapshot.description_html},
                  {"subscribe", subscribe_section(addresses.feed(show), show.title, "Subscribe")},
                  {"page", std::to_string(page)},
                  {"page_count", std::to_string(pages)},
                  {"newer", page > 1 ? address_of(path_of(addresses, address), page - 1) : std::string{}},
                  {"older", page < pages ? address_of(path_of(addresses, address), page + 1) : std::string{}}};
  values.flags = {{"is_explicit", show.is_explicit}, {"has_episodes", count > 0}, {"has_pages", pages > 1}};
  add_people(values, show.metadata.persons);
  add_places(values, show.metadata.locations);
  add_license(values, show.metadata.license);
  values.flags["has_funding"] = !show.metadata.funding.empty();
  auto& funding = values.lists["funding"];
  for (const auto& entry : show.metadata.funding)
    funding.emplace_back().texts = {{"funding_link", link_of(entry.url)},
                                    {"funding_text", entry.text.empty() ? std::string("Support the show") : entry.text}};
  add_cover(values, addresses, show);
  auto& list = values.lists["episodes"];
  for (auto i = (page - 1) * kEpisodesPerPage; i < std::min(count, page * kEpisodesPerPage); ++i) {
    const auto& published = *snapshot.episodes[i];
    auto& item = list.emplace_back();
    add_episode(item, addresses, show, published.episode);
    item.texts["player"] = player_of(addresses, show, published.episode, PlayerKind::small);
    item.texts["excerpt"] = excerpt_of(published.notes_html, kExcerptLength);
  }

  auto frame = frame_of(addresses, show);
  frame.title = page == 1 ? show.title : fmt::format("{} – page {}", show.title, page);
  frame.summary = excerpt_of(snapshot.description_html, kSummaryLength);
  frame.canonical = address_of(address, page);
  frame.og_type = "website";
  frame.og_title = show.title;
  frame.structured = series_data(addresses, snapshot);
  frame.has_player = count > 0;
  frame.at_start = frame.at_domain;
  frame.oembed = oembed_address(addresses, address);
  return framed(std::move(frame), render(Template::show, values));
}

std::string episode_page(const podcast::Addresses& addresses, const podcast::ShowSnapshot& snapshot,
                         const podcast::PublishedEpisode& published, const podcast::EpisodeReading& reading) {
  const auto& show = snapshot.show;
  const auto& episode = published.episode;
  Values values;
  add_episode(values, addresses, show, episode);
  add_cover(values, addresses, show, episode);
  values.texts["show_name"] = show.title;
  values.texts["show_path"] = path_of(addresses, addresses.page(show));
  values.texts["notes_html"] = published.notes_html;
  values.texts["size"] = size_of(episode);
  values.texts["page_address"] = addresses.page(show, episode);
  values.texts["player"] = player_of(addresses, show, episode, PlayerKind::whole);
  values.texts["embed_code"] = embed_code(addresses, show, episode, player_size({}));
  const auto& own = episode.metadata;
  add_people(values, own.persons.empty() ? show.metadata.persons : own.persons);
  add_places(values, own.locations);
  add_license(values, own.license ? own.license : show.metadata.license);
  add_chapters(values, reading.chapters, values.texts["audio_path"], podcast::kMaxChapters);
  add_transcript(values, addresses, episode, reading, values.texts["audio_path"]);
  values.texts["subscribe"] = subscribe_section(addresses.feed(show), show.title, "Never miss an episode");

  auto frame = frame_of(addresses, show);
  frame.title = fmt::format("{} – {}", episode.title, show.title);
  frame.summary = excerpt_of(published.notes_html, kSummaryLength);
  frame.canonical = addresses.page(show, episode);
  frame.og_type = "article";
  frame.og_title = episode.title;
  frame.og_audio = addresses.enclosure(episode);
  if (episode.cover) set_image(frame, addresses, *episode.cover, episode.title);
  frame.oembed = oembed_address(addresses, addresses.page(show, episode));
  frame.embedded_player = embed_address(addresses, episode);
  frame.structured = episode_data(addresses, snapshot, published);
  frame.has_player = true;
  frame.up_path = path_of(addresses, addresses.page(show));
  frame.up_title = show.title;
  return framed(std::move(frame), render(Template::episode, values));
}

std::string error_page(std::string_view heading, std::string_view sentence, bool at_domain) {
  Values values;
  values.flags["at_domain"] = at_domain;
  values.texts = {{"heading", std::string{heading}}, {"sentence", std::string{sentence}}};
  Frame frame;
  frame.title = heading;
  frame.at_domain = at_domain;
  return framed(std::move(frame), render(Template::error, values));
}

std::string welcome_page(const WelcomePage& page) {
  Values values;
  values.texts = {{"heading", page.heading},   {"sentence", page.sentence}, {"trouble", page.trouble},
                  {"action", page.action},     {"name", page.name},         {"shortest", std::to_string(crypto::kMinPasswordCharacters)},
                  {"leads_to", page.leads_to}, {"lead", page.lead}};
  values.flags = {
      {"form", page.form}, {"asks_name", page.asks_name}, {"asks_password", page.asks_password}, {"leads_on", !page.leads_to.empty()}};
  Frame frame;
  frame.title = page.heading;
  return framed(std::move(frame), render(Template::welcome, values));
}

}  // namespace carillon::site
