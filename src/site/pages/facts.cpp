// See facts.hpp.

#include "site/pages/facts.hpp"

#include "base/spoken_time.hpp"
#include "base/text.hpp"
#include "site/core/players.hpp"
#include "site/pages/excerpt.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::site {
namespace {

constexpr std::size_t kTones = 6;              // of placeholders for covers, as in site.css
constexpr std::size_t kParagraphLength = 600;  // bytes
constexpr std::size_t kParagraphMarkup = 112;  // bytes of a page around one, without the address of the audio
constexpr std::chrono::seconds kPauseBetweenParagraphs{2};

/// "/pictures/DIGEST/150.webp 150w, …"; "" for a picture without sizes.
std::string candidates_of(const podcast::Addresses& addresses, const podcast::Picture& cover, podcast::PictureType type) {
  std::string candidates;
  for (const int side : podcast::picture_sides(cover)) {
    if (side > kLargestOnPages) break;
    candidates += fmt::format("{}{} {}w", candidates.empty() ? "" : ", ", path_of(addresses, addresses.picture(cover, side, type)), side);
  }
  return candidates;
}

/// What is shown where a browser knows no candidates.
constexpr int kPlainSide = 300;

void add_cover_files(Values& values, const podcast::Addresses& addresses, const podcast::Picture* cover) {
  values.texts["cover_path"] = cover ? path_of(addresses, sized_picture(addresses, *cover, kPlainSide).address) : std::string{};
  values.texts["cover_webp"] = cover ? candidates_of(addresses, *cover, podcast::PictureType::webp) : std::string{};
  values.texts["cover_jpeg"] = cover ? candidates_of(addresses, *cover, podcast::PictureType::jpeg) : std::string{};
}

/// "1:02:03", "2:03".
std::string position_of(std::chrono::milliseconds time) {
  const auto seconds = time.count() / 1000;
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

/// Where the audio is at that moment: "/e/ID/FILE.mp3#t=62.5".
std::string jump_to(const std::string& audio_path, std::chrono::milliseconds time) {
  const auto rest = time.count() % 1000;
  auto moment = fmt::format("{}#t={}", audio_path, time.count() / 1000);
  if (rest != 0) moment += fmt::format(".{:03}", rest);
  return moment;
}

/// "example.org" of "https://www.example.org/page".
std::string site_of(const std::string& link) {
  const auto scheme = link.find("://");
  if (scheme == std::string::npos) return {};
  auto host = link.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  host = host.substr(host.rfind('@') + 1);  // what stands before it is a user's name, however much it looks like a host
  host = host.substr(0, host.rfind(':'));
  return host.starts_with("www.") ? host.substr(4) : host;
}

}  // namespace

std::string path_of(const podcast::Addresses& addresses, std::string address) {
  for (const auto* origin : {&addresses.origin(), &addresses.audio_origin()}) {
    if (address.starts_with(*origin + "/")) return address.substr(origin->size());
  }
  return address;
}

std::string link_of(const std::string& address) {
  const auto lower = lower_ascii(address.substr(0, 8));
  return lower.starts_with("https://") || lower.starts_with("http://") ? address : std::string{};
}

SizedPicture sized_picture(const podcast::Addresses& addresses, const podcast::Picture& picture, int most) {
  SizedPicture chosen{addresses.picture(picture), picture.side};
  for (const int side : podcast::picture_sides(picture)) {
    if (side <= most) chosen = {addresses.picture(picture, side, podcast::PictureType::jpeg), side};
  }
  return chosen;
}

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

void add_cover(Values& values, const podcast::Addresses& addresses, const podcast::Show& show) {
  add_cover_files(values, addresses, show.cover ? &*show.cover : nullptr);
  values.texts["initial"] = initial_of(show.title);
  std::size_t tone = 0;
  for (const char c : show.slug) tone = tone * 31 + static_cast<unsigned char>(c);
  values.texts["tone"] = std::to_string(tone % kTones);
}

void add_cover(Values& values, const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode) {
  add_cover(values, addresses, show);
  add_cover_files(values, addresses, podcast::cover_of(show, episode));
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

/// As a template writes it into a page.
std::size_t escaped_size(std::string_view text) {
  constexpr std::size_t kLongestEscape = 6;  // "&quot;"
  return text.size() + (kLongestEscape - 1) * static_cast<std::size_t>(std::ranges::count_if(
                                                  text, [](char c) { return c == '&' || c == '<' || c == '>' || c == '"' || c == '\''; }));
}

/// Cues are as short as a line on a screen; on a page they are read as paragraphs: one as long as the same person speaks without a pause,
/// and not much longer than kParagraphLength.
void add_transcript(Values& values, const podcast::Addresses& addresses, const podcast::Episode& episode,
                    const podcast::EpisodeReading& reading, const std::string& audio_path) {
  values.flags["has_transcript"] = !reading.transcript.empty() || !reading.paragraphs.empty();
  values.flags["more_transcript"] = false;
  std::size_t shown = 0;
  auto& list = values.lists["paragraphs"];
  const podcast::Cue* before = nullptr;
  for (const auto& cue : reading.transcript) {
    const bool goes_on = before && before->speaker == cue.speaker && cue.start - before->end < kPauseBetweenParagraphs &&
                         list.back().texts["paragraph"].size() < kParagraphLength;
    auto text = cue.text;
    std::ranges::replace(text, '\n', ' ');
    shown += escaped_size(text) + 1;
    if (!goes_on) shown += kParagraphMarkup + audio_path.size() + escaped_size(cue.speaker);
    if (shown > kMaxTranscriptOnPage) {
      values.flags["more_transcript"] = true;
      break;
    }
    if (goes_on) {
      list.back().texts["paragraph"] += " " + text;
    } else {
      list.emplace_back().texts = {{"paragraph_start", position_of(cue.start)},
                                   {"paragraph_jump", jump_to(audio_path, cue.start)},
                                   {"speaker", before && before->speaker == cue.speaker ? std::string{} : cue.speaker},
                                   {"paragraph", text}};
    }
    before = &cue;
  }
  for (const auto& paragraph : reading.paragraphs) {
    shown += escaped_size(paragraph) + kParagraphMarkup;
    if (shown > kMaxTranscriptOnPage) {
      values.flags["more_transcript"] = true;
      break;
    }
    list.emplace_back().texts = {{"paragraph", paragraph}};
  }
  if (!values.flags["has_transcript"]) return;
  const bool timed = reading.paragraphs.empty();
  values.texts["transcript_language"] = reading.language;
  values.texts["transcript_type"] = timed ? "text/vtt" : "text/plain";
  values.texts["transcript_kind"] = timed ? "WebVTT" : "plain text";
  values.texts["transcript_path"] =
      path_of(addresses, addresses.transcript(episode, {.language = reading.language, .text = {}, .timed = timed}));
}

void add_chapters(Values& values, const std::vector<podcast::Chapter>& chapters, const std::string& audio_path, std::size_t most) {
  auto& list = values.lists["chapters"];
  values.flags["more_chapters"] = false;
  for (const auto& chapter : chapters) {
    if (!chapter.toc || chapter.title.empty()) continue;
    if (list.size() == most) {
      values.flags["more_chapters"] = true;
      break;
    }
    const auto link = link_of(chapter.url);
    list.emplace_back().texts = {{"chapter_start", position_of(chapter.start)},
                                 {"chapter_jump", jump_to(audio_path, chapter.start)},
                                 {"chapter_title", chapter.title},
                                 {"chapter_link", link},
                                 {"chapter_site", site_of(link)}};
  }
  values.flags["has_chapters"] = !list.empty();
}

void add_episode(Values& values, const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode) {
  const auto published = episode.published.value_or(episode.created);
  values.texts["name"] = episode.title;
  values.texts["path"] = path_of(addresses, addresses.page(show, episode));
  values.texts["audio_path"] = path_of(addresses, addresses.enclosure(episode));
  values.texts["published"] = to_rfc3339(std::chrono::floor<std::chrono::seconds>(published));
  values.texts["published_on"] = day_text(published);
  values.texts["duration"] = episode.master ? spoken(episode.master->duration) : std::string{"–"};
  values.texts["place"] = place_of(show, episode);
  values.texts["language"] = show.language;
  values.flags["episode_explicit"] = episode.is_explicit.value_or(show.is_explicit);
}

std::string embedded_audio_path(const podcast::Addresses& addresses, const podcast::Episode& episode) {
  return fmt::format("{}?{}={}", path_of(addresses, addresses.enclosure(episode)), kPlayerParameter, kEmbeddedPlayer);
}

std::string player_of(const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode, PlayerKind kind) {
  const auto* cover = podcast::cover_of(show, episode);
  Values values;
  values.texts = {{"name", episode.title},
                  {"show_name", show.title},
                  {"audio_path", kind == PlayerKind::embedded ? embedded_audio_path(addresses, episode)
                                                              : path_of(addresses, addresses.enclosure(episode))},
                  {"cover_path", cover ? path_of(addresses, sized_picture(addresses, *cover).address) : std::string{}},
                  {"seconds", episode.master ? fmt::format("{:.1f}", std::chrono::duration<double>(episode.master->duration).count())
                                             : std::string{"0"}}};
  values.flags = {{"small", kind == PlayerKind::small}};
  auto html = render(Template::player, values);
  while (html.ends_with('\n')) html.pop_back();
  return html;
}

}  // namespace carillon::site
