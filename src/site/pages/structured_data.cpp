// See structured_data.hpp.

#include "site/pages/structured_data.hpp"

#include "base/json.hpp"
#include "site/pages/excerpt.hpp"

#include <fmt/format.h>
#include <boost/json/object.hpp>

namespace carillon::site {
namespace {

namespace json = boost::json;

constexpr std::size_t kDescriptionLength = 2000;  // bytes

/// JSON has other spellings of the characters that mean something to an HTML parser.
std::string within_script(const json::object& document) {
  std::string safe;
  for (const char c : json_text(document)) {
    if (c == '<' || c == '>' || c == '&')
      safe += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      safe += c;
  }
  return safe;
}

/// "PT1H2M3S" (ISO 8601).
std::string iso_duration(std::chrono::microseconds duration) {
  const auto seconds = std::chrono::round<std::chrono::seconds>(duration).count();
  std::string text = "PT";
  if (seconds >= 3600) text += fmt::format("{}H", seconds / 3600);
  if (seconds >= 60) text += fmt::format("{}M", seconds / 60 % 60);
  return text + fmt::format("{}S", seconds % 60);
}

json::object series_of(const podcast::Addresses& addresses, const podcast::Show& show) {
  json::object series{{"@type", "PodcastSeries"}, {"name", show.title}, {"url", addresses.page(show)}, {"webFeed", addresses.feed(show)}};
  if (show.cover) series["image"] = addresses.picture(*show.cover);
  return series;
}

void add_people(json::object& about, const std::vector<podcast::Person>& people) {
  json::array list;
  for (const auto& person : people) list.push_back(json::object{{"@type", "Person"}, {"name", person.name}});
  if (!list.empty()) about["actor"] = std::move(list);
}

}  // namespace

std::string series_data(const podcast::Addresses& addresses, const podcast::ShowSnapshot& snapshot) {
  const auto& show = snapshot.show;
  json::object document{{"@context", "https://schema.org"}};
  for (auto& member : series_of(addresses, show)) document.insert(member);
  document["description"] = excerpt_of(snapshot.description_html, kDescriptionLength);
  document["inLanguage"] = show.language;
  document["genre"] = show.category.sub.empty() ? show.category.name : show.category.sub;
  document["numberOfEpisodes"] = snapshot.episodes.size();
  document["isFamilyFriendly"] = !show.is_explicit;
  if (!show.author.empty()) document["author"] = json::object{{"@type", "Person"}, {"name", show.author}};
  if (!show.copyright.empty()) document["copyrightNotice"] = show.copyright;
  add_people(document, show.metadata.persons);
  return within_script(document);
}

std::string episode_data(const podcast::Addresses& addresses, const podcast::ShowSnapshot& snapshot,
                         const podcast::PublishedEpisode& published) {
  const auto& show = snapshot.show;
  const auto& episode = published.episode;
  json::object audio{
      {"@type", "AudioObject"}, {"contentUrl", addresses.enclosure(episode)}, {"encodingFormat", podcast::enclosure_type(episode)}};
  json::object document{
      {"@context", "https://schema.org"},
      {"@type", "PodcastEpisode"},
      {"name", episode.title},
      {"url", addresses.page(show, episode)},
      {"datePublished", to_rfc3339(std::chrono::floor<std::chrono::seconds>(episode.published.value_or(episode.created)))},
      {"description", excerpt_of(published.notes_html, kDescriptionLength)},
      {"inLanguage", show.language},
      {"isAccessibleForFree", true},
      {"isFamilyFriendly", !episode.is_explicit.value_or(show.is_explicit)},
      {"partOfSeries", series_of(addresses, show)}};
  if (episode.master) {
    document["duration"] = audio["duration"] = iso_duration(episode.master->duration);
    if (episode.frozen) audio["contentSize"] = std::to_string(podcast::enclosure_length(episode).value);
  }
  if (const auto* cover = podcast::cover_of(show, episode)) document["image"] = addresses.picture(*cover);
  if (episode.number) document["episodeNumber"] = *episode.number;
  if (episode.season) {
    json::object season{{"@type", "PodcastSeason"}, {"seasonNumber", *episode.season}};
    if (const auto name = show.metadata.season_name(*episode.season); !name.empty()) season["name"] = name;
    document["partOfSeason"] = std::move(season);
  }
  document["associatedMedia"] = std::move(audio);
  add_people(document, episode.metadata.persons.empty() ? show.metadata.persons : episode.metadata.persons);
  return within_script(document);
}

}  // namespace carillon::site
