// See pages.hpp.

#include "site/pages.hpp"

#include "base/text.hpp"
#include "crypto/password.hpp"
#include "crypto/sha256.hpp"
#include "site/excerpt.hpp"
#include "site/templates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace carillon::site {
namespace {

constexpr std::size_t kExcerptLength = 240;  // bytes, in lists
constexpr std::size_t kSummaryLength = 200;  // bytes, for search engines and cards
constexpr std::size_t kTones = 6;            // of placeholders for covers, as in site.css
constexpr std::size_t kStyleNameLength = 12;
constexpr std::size_t kParagraphLength = 600;  // bytes
constexpr std::chrono::seconds kPauseBetweenParagraphs{2};

/// What stands around the content of every page.
struct Frame {
  std::string title;
  std::string summary;
  std::string canonical;  ///< "" for pages that nobody should find again
  std::string og_type, og_title, og_site, og_image, og_audio;
  std::string feed, feed_title;
  std::string up_path, up_title;
  std::string language;
  std::string copyright;
};

std::string framed(Frame frame, std::string content) {
  Values values;
  values.texts = {{"title", std::move(frame.title)},
                  {"summary", std::move(frame.summary)},
                  {"canonical", std::move(frame.canonical)},
                  {"og_type", std::move(frame.og_type)},
                  {"og_title", std::move(frame.og_title)},
                  {"og_site", std::move(frame.og_site)},
                  {"og_image", std::move(frame.og_image)},
                  {"og_audio", std::move(frame.og_audio)},
                  {"feed", std::move(frame.feed)},
                  {"feed_title", std::move(frame.feed_title)},
                  {"up_path", std::move(frame.up_path)},
                  {"up_title", std::move(frame.up_title)},
                  {"language", std::move(frame.language)},
                  {"copyright", std::move(frame.copyright)},
                  {"style", style_path()},
                  {"content", std::move(content)}};
  return render(Template::layout, values);
}

/// Pages name what they load by path, so that they work under every name that leads here.
std::string path_of(const podcast::Addresses& addresses, std::string address) {
  if (address.starts_with(addresses.origin())) address.erase(0, addresses.origin().size());
  return address;
}

/// Only an address of the web becomes a link: nothing else a publisher may write is safe to click.
std::string link_of(const std::string& address) {
  const auto lower = lower_ascii(address.substr(0, 8));
  return lower.starts_with("https://") || lower.starts_with("http://") ? address : std::string{};
}

void add_cover(Values& values, const podcast::Addresses& addresses, const podcast::Show& show) {
  values.texts["cover_path"] = show.cover ? path_of(addresses, addresses.picture(*show.cover)) : std::string{};
  values.texts["initial"] = initial_of(show.title);
  std::size_t tone = 0;
  for (const char c : show.slug) tone = tone * 31 + static_cast<unsigned char>(c);
  values.texts["tone"] = std::to_string(tone % kTones);
}

/// "Season 2, episode 5", "Trailer".
std::string place_of(const podcast::Show& show, const podcast::Episode& episode) {
  std::string place;
  const auto add = [&](std::string part) { place += (place.empty() ? "" : ", ") + part; };
  if (episode.season) {
    const auto name = show.metadata.season_name(*episode.season);
    add(name.empty() ? fmt::format("Season {}", *episode.season) : name);
  }
  const auto& display = episode.metadata.number_display;
  if (episode.number && !display.empty()) add(display);
  if (episode.number && display.empty()) add(fmt::format("{} {}", place.empty() ? "Episode" : "episode", *episode.number));
  if (episode.type == podcast::EpisodeType::trailer) add(place.empty() ? "Trailer" : "trailer");
  if (episode.type == podcast::EpisodeType::bonus) add(place.empty() ? "Bonus" : "bonus");
  return place;
}

void add_people(Values& values, const std::vector<podcast::Person>& people) {
  values.flags["has_people"] = !people.empty();
  auto& list = values.lists["people"];
  for (const auto& person : people)
    list.emplace_back().texts = {{"person_name", person.name}, {"person_role", person.role}, {"person_link", link_of(person.href)}};
}

void add_places(Values& values, const std::vector<podcast::Location>& places) {
  values.flags["has_places"] = !places.empty();
  auto& list = values.lists["places"];
  for (const auto& place : places) list.emplace_back().texts = {{"place_name", place.name}};
}

void add_license(Values& values, const std::optional<podcast::License>& license) {
  values.texts["license"] = license ? license->name : std::string{};
  values.texts["license_link"] = license ? link_of(license->url) : std::string{};
}

/// "1:02:03", "2:03".
std::string position_of(std::chrono::milliseconds time) {
  const auto seconds = time.count() / 1000;
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

void add_chapters(Values& values, const std::vector<podcast::Chapter>& chapters) {
  auto& list = values.lists["chapters"];
  for (const auto& chapter : chapters) {
    if (!chapter.toc || chapter.title.empty()) continue;
    list.emplace_back().texts = {
        {"chapter_start", position_of(chapter.start)}, {"chapter_title", chapter.title}, {"chapter_link", link_of(chapter.url)}};
  }
  values.flags["has_chapters"] = !list.empty();
}

/// Cues are as short as a line on a screen; on a page they are read as paragraphs: one as long as the same person speaks without a pause,
/// and not much longer than kParagraphLength.
void add_transcript(Values& values, const podcast::Addresses& addresses, const podcast::Episode& episode,
                    const podcast::EpisodeReading& reading) {
  values.flags["has_transcript"] = !reading.transcript.empty();
  auto& list = values.lists["paragraphs"];
  const podcast::Cue* before = nullptr;
  for (const auto& cue : reading.transcript) {
    const bool goes_on = before && before->speaker == cue.speaker && cue.start - before->end < kPauseBetweenParagraphs &&
                         list.back().texts["paragraph"].size() < kParagraphLength;
    auto text = cue.text;
    std::ranges::replace(text, '\n', ' ');
    if (goes_on) {
      list.back().texts["paragraph"] += " " + text;
    } else {
      list.emplace_back().texts = {{"paragraph_start", position_of(cue.start)},
                                   {"speaker", before && before->speaker == cue.speaker ? std::string{} : cue.speaker},
                                   {"paragraph", text}};
    }
    before = &cue;
  }
  if (reading.transcript.empty()) return;
  values.texts["transcript_language"] = reading.language;
  values.texts["transcript_path"] = path_of(addresses, addresses.transcript(episode, reading.language));
}

/// Of the audio as served; the snapshot of a show has the episodes' facts but not their bytes.
std::string size_of(const podcast::Episode& episode) {
  if (!episode.frozen || !episode.master) return "–";
  return to_human(episode.frozen->prefix_length + episode.master->frames_length);
}

void add_episode(Values& values, const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode) {
  const auto published = episode.published.value_or(episode.created);
  values.texts["name"] = episode.title;
  values.texts["path"] = path_of(addresses, addresses.page(show, episode));
  values.texts["audio_path"] = path_of(addresses, addresses.enclosure(episode));
  values.texts["published"] = to_rfc3339(std::chrono::floor<std::chrono::seconds>(published));
  values.texts["published_on"] = day_of(published);
  values.texts["duration"] = episode.master ? spoken(episode.master->duration) : std::string{"–"};
  values.texts["place"] = place_of(show, episode);
  values.texts["language"] = show.language;
  values.flags["episode_explicit"] = episode.is_explicit.value_or(show.is_explicit);
}

Frame frame_of(const podcast::Addresses& addresses, const podcast::Show& show) {
  Frame frame;
  frame.og_site = show.title;
  frame.og_image = show.cover ? addresses.picture(*show.cover) : std::string{};
  frame.feed = addresses.feed(show);
  frame.feed_title = show.title;
  frame.language = show.language;
  frame.copyright = show.copyright;
  return frame;
}

std::string count_of(std::size_t episodes) {
  return episodes == 0 ? "No episode yet" : episodes == 1 ? "1 episode" : fmt::format("{} episodes", episodes);
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
                  {"excerpt", beginning_of(text_of(snapshot->description_html), kExcerptLength)},
                  {"episode_count", count_of(snapshot->episodes.size())}};
    add_cover(item, addresses, show);
  }
  Frame frame;
  frame.title = "Shows";
  frame.summary = "Podcasts to listen to here or in any podcast app.";
  frame.canonical = addresses.origin() + "/";
  frame.og_type = "website";
  frame.og_title = frame.title;
  return framed(std::move(frame), render(Template::start, values));
}

std::string show_page(const podcast::Addresses& addresses, const podcast::ShowSnapshot& snapshot, std::size_t page) {
  const auto& show = snapshot.show;
  const auto count = snapshot.episodes.size();
  const auto pages = std::max<std::size_t>(1, (count + kEpisodesPerPage - 1) / kEpisodesPerPage);
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
                  {"feed_address", addresses.feed(show)},
                  {"page", std::to_string(page)},
                  {"page_count", std::to_string(pages)},
                  {"newer", page > 1 ? address_of(path_of(addresses, address), page - 1) : std::string{}},
                  {"older", page < pages ? address_of(path_of(addresses, address), page + 1) : std::string{}}};
  values.flags = {{"is_explicit", show.is_explicit}, {"has_episodes", count > 0}, {"has_pages", pages > 1}};
  add_people(values, show.metadata.persons);
  add_places(values, show.metadata.locations);
  add_license(values, show.metadata.license);
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
    item.texts["excerpt"] = beginning_of(text_of(published.notes_html), kExcerptLength);
  }

  auto frame = frame_of(addresses, show);
  frame.title = page == 1 ? show.title : fmt::format("{} – page {}", show.title, page);
  frame.summary = beginning_of(text_of(snapshot.description_html), kSummaryLength);
  frame.canonical = address_of(address, page);
  frame.og_type = "website";
  frame.og_title = show.title;
  return framed(std::move(frame), render(Template::show, values));
}

std::string episode_page(const podcast::Addresses& addresses, const podcast::ShowSnapshot& snapshot,
                         const podcast::PublishedEpisode& published, const podcast::EpisodeReading& reading) {
  const auto& show = snapshot.show;
  const auto& episode = published.episode;
  Values values;
  add_episode(values, addresses, show, episode);
  add_cover(values, addresses, show);
  values.texts["show_name"] = show.title;
  values.texts["show_path"] = path_of(addresses, addresses.page(show));
  values.texts["notes_html"] = published.notes_html;
  values.texts["size"] = size_of(episode);
  const auto& own = episode.metadata;
  add_people(values, own.persons.empty() ? show.metadata.persons : own.persons);
  add_places(values, own.locations);
  add_license(values, own.license ? own.license : show.metadata.license);
  add_chapters(values, reading.chapters);
  add_transcript(values, addresses, episode, reading);
  values.texts["feed_address"] = addresses.feed(show);

  auto frame = frame_of(addresses, show);
  frame.title = fmt::format("{} – {}", episode.title, show.title);
  frame.summary = beginning_of(text_of(published.notes_html), kSummaryLength);
  frame.canonical = addresses.page(show, episode);
  frame.og_type = "article";
  frame.og_title = episode.title;
  frame.og_audio = addresses.enclosure(episode);
  frame.up_path = path_of(addresses, addresses.page(show));
  frame.up_title = show.title;
  return framed(std::move(frame), render(Template::episode, values));
}

std::string error_page(std::string_view heading, std::string_view sentence) {
  Values values;
  values.texts = {{"heading", std::string{heading}}, {"sentence", std::string{sentence}}};
  Frame frame;
  frame.title = heading;
  return framed(std::move(frame), render(Template::error, values));
}

std::string welcome_page(const WelcomePage& page) {
  Values values;
  values.texts = {{"heading", page.heading}, {"sentence", page.sentence}, {"trouble", page.trouble},
                  {"action", page.action},   {"name", page.name},         {"shortest", std::to_string(crypto::kShortestPassword)}};
  values.flags = {{"form", page.form}, {"asks_name", page.asks_name}, {"asks_password", page.asks_password}};
  Frame frame;
  frame.title = page.heading;
  return framed(std::move(frame), render(Template::welcome, values));
}

const std::string& style_path() {
  static const std::string path = "/styles/site-" + crypto::sha256(as_bytes(style_sheet())).hex().substr(0, kStyleNameLength) + ".css";
  return path;
}

}  // namespace carillon::site
