// See pages.hpp.

#include "site/pages/pages.hpp"

#include "base/encoding.hpp"
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
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

namespace carillon::site {
namespace {

constexpr std::size_t kExcerptLength = 240;  // bytes, in lists
constexpr std::size_t kSummaryLength = 200;  // bytes, for search engines and cards
/// A show with more episodes has a search; fewer are seen at a glance.
constexpr std::size_t kEpisodesToSearch = 10;
/// Of a search: more words find nothing more, and each is looked for in every episode.
constexpr std::size_t kMaxWords = 8;
/// Of an episode's notes, and of all notes of a show (the newest first), so much is searched: anyone may ask as often as they like, and the
/// pages of the same network wait for it. Titles are always searched.
constexpr std::size_t kSearchedNotes = 16 * 1024, kSearchedInAll = 16 * 1024 * 1024;

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
  frame.hidden = show.metadata.blocked;
  return frame;
}

std::size_t pages_of(std::size_t episodes) { return std::max<std::size_t>(1, (episodes + kEpisodesPerPage - 1) / kEpisodesPerPage); }

/// For search engines and cards: what it says of itself, else what it is.
std::string summary_of(const podcast::ShowSnapshot& snapshot) {
  auto said = excerpt_of(snapshot.description_html, kSummaryLength);
  if (!said.empty()) return said;
  const auto& show = snapshot.show;
  return fmt::format("Listen to {}{}{} here or in any podcast app.", show.title, show.author.empty() ? "" : " by ", show.author);
}

std::string summary_of(const podcast::Show& show, const podcast::PublishedEpisode& published) {
  auto said = excerpt_of(published.notes_html, kSummaryLength);
  if (!said.empty()) return said;
  const auto& episode = published.episode;
  return fmt::format("Listen to “{}”, an episode of {}{}.", episode.title, show.title,
                     episode.master ? " (" + spoken(episode.master->duration) + ")" : std::string{});
}

std::string found_of(std::size_t found, std::size_t all) {
  if (found == 0) return "No episodes contain all these words.";
  return fmt::format("{} of {} episodes {} all these words.", found, all, found == 1 ? "contains" : "contain");
}

/// At most kMaxWords, without regard to case.
std::vector<std::string> words_of(const std::string& query) {
  std::vector<std::string> words;
  for (const auto word : split(folded(query), ' ')) {
    if (!word.empty() && words.size() < kMaxWords) words.emplace_back(word);
  }
  return words;
}

/// `left`: how many bytes of notes may still be searched.
bool has_words(const podcast::Show& show, const podcast::PublishedEpisode& published, const std::vector<std::string>& words,
               std::size_t& left) {
  const auto& episode = published.episode;
  const auto notes = text_of(published.notes_html, std::min(kSearchedNotes, left));
  left -= std::min(left, notes.size());
  auto text = fmt::format("{}\n{}\n{}", episode.title, notes, place_of(show, episode));
  for (const auto& person : episode.metadata.persons) text += "\n" + person.name;
  text = folded(text);
  return std::ranges::all_of(words, [&](const std::string& word) { return text.contains(word); });
}

std::string count_of(std::size_t episodes) {
  return episodes == 0 ? "No episodes yet" : episodes == 1 ? "1 episode" : fmt::format("{} episodes", episodes);
}

/// Newest first, as the feed has them; a serial show from its beginning, season by season, trailers first.
std::vector<std::shared_ptr<const podcast::PublishedEpisode>> order_on_page(const podcast::ShowSnapshot& snapshot) {
  auto order = snapshot.episodes;
  if (!snapshot.show.serial) return order;
  std::ranges::sort(order, {}, [](const std::shared_ptr<const podcast::PublishedEpisode>& each) {
    const auto& episode = each->episode;
    return std::tuple{episode.season.value_or(0), episode.type != podcast::EpisodeType::trailer,
                      episode.number.value_or(std::numeric_limits<int>::max()), episode.published.value_or(episode.created), episode.id};
  });
  return order;
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
  frame.summary = "Listen to these podcasts here or in any podcast app.";
  frame.canonical = addresses.origin() + "/";
  frame.og_type = "website";
  frame.og_title = frame.title;
  return framed(std::move(frame), render(Template::start, values));
}

namespace {

/// A page of a show with some of its episodes: all, or those that were looked for.
std::string list_page(const podcast::Addresses& addresses, const podcast::ShowSnapshot& snapshot,
                      std::span<const std::shared_ptr<const podcast::PublishedEpisode>> episodes, const std::string& query,
                      std::size_t page) {
  const auto& show = snapshot.show;
  const auto count = episodes.size();
  const auto pages = pages_of(count);
  page = std::clamp<std::size_t>(page, 1, pages);
  const auto address = addresses.page(show);
  const auto asked = query.empty() ? std::string{} : "q=" + percent_encoded(query);
  const auto address_of = [&](const std::string& first, std::size_t number) {
    const auto paged = number == 1 ? asked : fmt::format("{}{}page={}", asked, asked.empty() ? "" : "&", number);
    return paged.empty() ? first : first + "?" + paged;
  };

  Values values;
  values.texts = {{"name", show.title},
                  {"author", show.author},
                  {"category", show.category.sub.empty() ? show.category.name : show.category.name + " · " + show.category.sub},
                  {"link", link_of(show.link)},
                  {"language", show.language},
                  {"description_html", snapshot.description_html},
                  {"subscribe", subscribe_section(addresses.feed(show), show, "Subscribe")},
                  {"path", path_of(addresses, address)},
                  {"query", query},
                  {"longest_query", std::to_string(kLongestQuery)},
                  {"found", query.empty() ? std::string{} : found_of(count, snapshot.episodes.size())},
                  {"page", std::to_string(page)},
                  {"page_count", std::to_string(pages)},
                  {"newer", page > 1 ? address_of(path_of(addresses, address), page - 1) : std::string{}},
                  {"older", page < pages ? address_of(path_of(addresses, address), page + 1) : std::string{}}};
  values.flags = {{"is_explicit", show.is_explicit},
                  {"has_episodes", count > 0},
                  {"has_pages", pages > 1},
                  {"is_serial", show.serial},
                  {"is_new", snapshot.episodes.empty()},
                  {"has_search", snapshot.episodes.size() > kEpisodesToSearch || !query.empty()}};
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
    const auto& published = *episodes[i];
    auto& item = list.emplace_back();
    add_episode(item, addresses, show, published.episode);
    item.texts["player"] = player_of(addresses, show, published.episode, PlayerKind::small);
    item.texts["excerpt"] = excerpt_of(published.notes_html, kExcerptLength);
  }

  auto frame = frame_of(addresses, show);
  frame.title = page == 1 ? show.title : fmt::format("{} – page {}", show.title, page);
  if (!query.empty()) frame.title = fmt::format("“{}” in {}", query, show.title);
  frame.summary = summary_of(snapshot);
  // What somebody looked for is no page that others should find.
  if (query.empty()) frame.canonical = address_of(address, page);
  frame.og_type = "website";
  frame.og_title = show.title;
  frame.structured = series_data(addresses, snapshot);
  frame.has_player = count > 0;
  frame.at_start = frame.at_domain;
  frame.oembed = oembed_address(addresses, address);
  return framed(std::move(frame), render(Template::show, values));
}

}  // namespace

std::size_t pages_of(const podcast::ShowSnapshot& show) { return pages_of(show.episodes.size()); }

std::string show_page(const podcast::Addresses& addresses, const podcast::ShowSnapshot& snapshot, std::size_t page) {
  return list_page(addresses, snapshot, order_on_page(snapshot), {}, page);
}

std::string found_page(const podcast::Addresses& addresses, const podcast::ShowSnapshot& snapshot, const std::string& query,
                       std::size_t page) {
  const auto words = words_of(query);
  auto left = kSearchedInAll;
  std::vector<std::shared_ptr<const podcast::PublishedEpisode>> found;
  std::ranges::copy_if(snapshot.episodes, std::back_inserter(found),
                       [&](const auto& published) { return has_words(snapshot.show, *published, words, left); });
  return list_page(addresses, snapshot, found, query, page);
}

std::string feed_page(const podcast::Addresses& addresses, const podcast::ShowSnapshot& snapshot) {
  constexpr std::size_t kMostItems = 20;
  const auto& show = snapshot.show;
  Values values;
  values.texts = {{"name", show.title},
                  {"language", show.language},
                  {"show_path", path_of(addresses, addresses.page(show))},
                  {"feed_address", addresses.feed(show)},
                  {"xml_path", path_of(addresses, addresses.feed(show)) + "?xml"},
                  {"subscribe", subscribe_section(addresses.feed(show), show, "Subscribe")}};
  add_cover(values, addresses, show);
  values.flags["has_episodes"] = !snapshot.episodes.empty();
  values.flags["has_more"] = snapshot.episodes.size() > kMostItems;
  auto& list = values.lists["episodes"];
  for (const auto& published : snapshot.episodes) {
    if (list.size() == kMostItems) break;
    add_episode(list.emplace_back(), addresses, show, published->episode);
  }
  auto frame = frame_of(addresses, show);
  frame.title = fmt::format("{} – Podcast feed", show.title);
  frame.summary = fmt::format("Subscribe to {} in your podcast app.", show.title);
  frame.has_player = true;  // its script copies the address
  frame.up_path = path_of(addresses, addresses.page(show));
  frame.up_title = show.title;
  return framed(std::move(frame), render(Template::feed, values));
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
  values.texts["subscribe"] = subscribe_section(addresses.feed(show), show, "Never miss an episode");

  auto frame = frame_of(addresses, show);
  frame.title = fmt::format("{} – {}", episode.title, show.title);
  frame.summary = summary_of(show, published);
  frame.canonical = addresses.page(show, episode);
  frame.hidden = frame.hidden || episode.metadata.blocked;
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
  frame.summary = sentence;
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
  frame.summary = page.sentence;
  return framed(std::move(frame), render(Template::welcome, values));
}

}  // namespace carillon::site
