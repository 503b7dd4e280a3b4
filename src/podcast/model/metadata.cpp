// See metadata.hpp.

#include "podcast/model/metadata.hpp"

#include "base/text.hpp"
#include "podcast/model/checks.hpp"
#include "podcast/model/json_fields.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace carillon::podcast {
namespace json = boost::json;

namespace {

/// Licences that apps know by their name alone; every other needs the address of its text (podcast:license).
constexpr std::array<std::string_view, 9> kLicenses{
    "arr", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nd-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0", "cc-by-nc-nd-4.0", "cc0-1.0", "cc-by-3.0"};
constexpr std::size_t kLongestGeo = 200;
constexpr std::size_t kLongestOsm = 40;

template <class T>
void set(T& target, std::optional<T>& source) {
  if (source) target = std::move(*source);
}

double seconds_of(std::chrono::milliseconds duration) { return std::chrono::duration<double>(duration).count(); }

/// A number between −`most` and `most`; what is left of `text` stands behind it.
bool takes_coordinate(std::string_view& text, double most) {
  double value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (wrong != std::errc{} || !(value >= -most && value <= most)) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

/// RFC 5870 §3.3, as far as podcasts use it: latitude, longitude, perhaps altitude, then parameters.
bool is_geo(std::string_view text) {
  if (!text.starts_with("geo:")) return false;
  text.remove_prefix(4);
  if (!takes_coordinate(text, 90) || !text.starts_with(',')) return false;
  text.remove_prefix(1);
  if (!takes_coordinate(text, 180)) return false;
  if (text.starts_with(',')) {
    text.remove_prefix(1);
    constexpr double kFarAway = 1e6;  // metres
    if (!takes_coordinate(text, kFarAway)) return false;
  }
  return text.empty() || (text.starts_with(';') && std::ranges::all_of(text, [](unsigned char c) {
                            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '=' || c == ';' ||
                                   c == '.' || c == '-';
                          }));
}

/// "N", "W" or "R", a number, perhaps "#" and the number of a revision.
bool is_osm(std::string_view text) {
  if (text.empty() || std::string_view("NWR").find(text[0]) == std::string_view::npos) return false;
  const auto parts = split(text.substr(1), '#');
  return parts.size() <= 2 && std::ranges::all_of(parts, [](std::string_view part) { return parse_number(part).has_value(); });
}

Person person_of(JsonFields& fields) {
  Person person{.name = fields.needed_text("name", kLongestName),
                .role = fields.text("role", kLongestName),
                .group = fields.text("group", kLongestName),
                .img = fields.address("img"),
                .href = fields.address("href")};
  fields.nothing_else();
  return person;
}

Location location_of(JsonFields& fields) {
  Location place{.name = fields.needed_text("name", kLongestName),
                 .rel = fields.text("rel", kLongestName),
                 .geo = fields.text("geo", kLongestGeo),
                 .osm = fields.text("osm", kLongestOsm),
                 .country = fields.text("country", 2)};
  if (!place.rel.empty() && place.rel != "subject" && place.rel != "creator") fields.complain("rel", "“subject”, “creator” or empty");
  if (!place.geo.empty() && !is_geo(place.geo)) fields.complain("geo", "latitude and longitude, e.g. “geo:48.2010,16.3695”");
  if (!place.osm.empty() && !is_osm(place.osm)) fields.complain("osm", "N, W or R followed by an OpenStreetMap ID, e.g. “R113314”");
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (!place.country.empty() && (place.country.size() != 2 || !std::ranges::all_of(place.country, is_capital)))
    fields.complain("country", "two capital letters, e.g. “AT”");
  fields.nothing_else();
  return place;
}

License license_of(JsonFields& fields) {
  License license{.name = fields.needed_text("name", kLongestName), .url = fields.address("url")};
  if (license.url.empty()) {
    // The namespace writes them small.
    auto small = lower_ascii(license.name);
    if (std::ranges::find(kLicenses, small) == kLicenses.end())
      fields.complain("url", "present, because “" + license.name + "” isn't a license that apps recognize by name");
    license.name = std::move(small);
  }
  fields.nothing_else();
  return license;
}

constexpr std::string_view kHttps = "https://";

/// Where people listen: hosts and those below them, and what they are called.
struct ListenHost {
  std::string_view host, name;
};
constexpr std::array kListenHosts{ListenHost{"podcasts.apple.com", "Apple Podcasts"},
                                  ListenHost{"spotify.com", "Spotify"},
                                  ListenHost{"music.youtube.com", "YouTube Music"},
                                  ListenHost{"youtube.com", "YouTube"},
                                  ListenHost{"youtu.be", "YouTube"},
                                  ListenHost{"overcast.fm", "Overcast"},
                                  ListenHost{"pca.st", "Pocket Casts"},
                                  ListenHost{"pocketcasts.com", "Pocket Casts"},
                                  ListenHost{"music.amazon.com", "Amazon Music"},
                                  ListenHost{"music.amazon.de", "Amazon Music"},
                                  ListenHost{"music.amazon.co.uk", "Amazon Music"},
                                  ListenHost{"audible.com", "Audible"},
                                  ListenHost{"castbox.fm", "Castbox"},
                                  ListenHost{"castro.fm", "Castro"},
                                  ListenHost{"deezer.com", "Deezer"},
                                  ListenHost{"fountain.fm", "Fountain"},
                                  ListenHost{"iheart.com", "iHeart"},
                                  ListenHost{"pandora.com", "Pandora"},
                                  ListenHost{"player.fm", "Player FM"},
                                  ListenHost{"podcastaddict.com", "Podcast Addict"},
                                  ListenHost{"podcastindex.org", "Podcast Index"},
                                  ListenHost{"podchaser.com", "Podchaser"},
                                  ListenHost{"podverse.fm", "Podverse"},
                                  ListenHost{"rtlplus.com", "RTL+"},
                                  ListenHost{"soundcloud.com", "SoundCloud"},
                                  ListenHost{"tunein.com", "TuneIn"},
                                  ListenHost{"antennapod.org", "AntennaPod"}};

Funding funding_of(JsonFields& fields) {
  Funding funding{.url = fields.address("url"), .text = fields.text("text", kLongestName)};
  if (funding.url.empty()) fields.complain("url", "there");
  fields.nothing_else();
  return funding;
}

ListenLink listen_link_of(JsonFields& fields) {
  ListenLink link{.name = fields.text("name", kLongestName), .url = fields.address("url")};
  if (!lower_ascii(link.url.substr(0, kHttps.size())).starts_with(kHttps))
    fields.complain("url", "a web address that begins with https://");
  if (link.name.empty()) link.name = listen_name_of(link.url);
  fields.nothing_else();
  return link;
}

SeasonName season_of(JsonFields& fields) {
  SeasonName season{.number = fields.positive_number("number"), .name = fields.needed_text("name", kLongestName)};
  fields.nothing_else();
  return season;
}

TextRecord text_record_of(JsonFields& fields) {
  TextRecord record{.value = fields.needed_text("value", kLongestTextRecord), .purpose = fields.text("purpose", kLongestName)};
  fields.nothing_else();
  return record;
}

Soundbite soundbite_of(JsonFields& fields) {
  Soundbite bite{.start = fields.needed_seconds("start_seconds"),
                 .duration = fields.needed_seconds("duration_seconds"),
                 .title = fields.text("title", kLongestName)};
  if (bite.duration <= std::chrono::milliseconds::zero())
    fields.complain("duration_seconds", "longer than zero; apps expect 15 to 120 seconds");
  fields.nothing_else();
  return bite;
}

json::array array_of(const std::vector<Person>& persons) {
  json::array items;
  for (const auto& person : persons)
    items.push_back(
        json::object{{"name", person.name}, {"role", person.role}, {"group", person.group}, {"img", person.img}, {"href", person.href}});
  return items;
}

json::array array_of(const std::vector<Location>& locations) {
  json::array items;
  for (const auto& place : locations)
    items.push_back(
        json::object{{"name", place.name}, {"rel", place.rel}, {"geo", place.geo}, {"osm", place.osm}, {"country", place.country}});
  return items;
}

json::array array_of(const std::vector<TextRecord>& records) {
  json::array items;
  for (const auto& record : records) items.push_back(json::object{{"value", record.value}, {"purpose", record.purpose}});
  return items;
}

json::value value_of(const std::optional<License>& license) {
  if (!license) return nullptr;
  return json::object{{"name", license->name}, {"url", license->url}};
}

/// What shows and episodes share. The first error, if there is one.
template <class Edit>
Result<> read_shared(const json::object& document, Edit& edit) {
  if (const auto* value = document.if_contains("persons")) {
    auto persons = entries_of<Person>(*value, "persons", kMaxPersons, person_of);
    if (!persons) return forward_error(persons);
    edit.persons = std::move(*persons);
  }
  if (const auto* value = document.if_contains("locations")) {
    auto locations = entries_of<Location>(*value, "locations", kMaxLocations, location_of);
    if (!locations) return forward_error(locations);
    edit.locations = std::move(*locations);
  }
  if (const auto* value = document.if_contains("txt")) {
    auto records = entries_of<TextRecord>(*value, "txt", kMaxTextRecords, text_record_of);
    if (!records) return forward_error(records);
    edit.txt = std::move(*records);
  }
  if (const auto* value = document.if_contains("license")) {
    edit.license.emplace();
    if (!value->is_null()) {
      JsonFields fields{*value, "license"};
      edit.license->emplace(license_of(fields));
      if (fields.wrong()) return std::unexpected(*fields.wrong());
    }
  }
  return {};
}

Result<> read_flag(const json::object& document, const char* name, std::optional<bool>& flag) {
  const auto* value = document.if_contains(name);
  if (!value) return {};
  if (!value->is_bool()) return fail(ErrorKind::invalid, "“" + std::string(name) + "” must be true or false.", name);
  flag = value->as_bool();
  return {};
}

/// Something that the rest of a URL can follow; "" is none.
bool is_measuring_prefix(std::string_view text) {
  if (text.empty()) return true;
  return is_web_address(text) && text.starts_with(kHttps) && text.ends_with('/') && text.size() > kHttps.size() + 1 &&
         text.find_first_of("?#@ ") == std::string_view::npos;
}

}  // namespace

std::string listen_name_of(std::string_view url) {
  const auto scheme = url.find("://");
  auto host = scheme == std::string_view::npos ? url : url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  host = host.substr(host.rfind('@') + 1);
  host = host.substr(0, host.rfind(':'));
  auto name = lower_ascii(host);
  for (const auto& known : kListenHosts) {
    if (name == known.host || name.ends_with("." + std::string{known.host})) return std::string{known.name};
  }
  return name.starts_with("www.") ? name.substr(4) : name;
}

std::string ShowMetadata::season_name(int number) const {
  const auto found = std::ranges::find(seasons, number, &SeasonName::number);
  return found == seasons.end() ? std::string{} : found->name;
}

std::string ShowMetadata::measured(const std::string& enclosure) const {
  // The services take the rest of the URL without its scheme, and redirect to it over HTTPS.
  return measuring_prefix.empty() || !enclosure.starts_with(kHttps) ? enclosure : measuring_prefix + enclosure.substr(kHttps.size());
}

void apply(ShowMetadataEdit edit, ShowMetadata& metadata) {
  set(metadata.persons, edit.persons);
  set(metadata.locations, edit.locations);
  set(metadata.license, edit.license);
  set(metadata.funding, edit.funding);
  set(metadata.listen_links, edit.listen_links);
  set(metadata.seasons, edit.seasons);
  set(metadata.txt, edit.txt);
  set(metadata.complete, edit.complete);
  set(metadata.blocked, edit.blocked);
  set(metadata.measuring_prefix, edit.measuring_prefix);
}

void apply(EpisodeMetadataEdit edit, EpisodeMetadata& metadata) {
  set(metadata.persons, edit.persons);
  set(metadata.locations, edit.locations);
  set(metadata.license, edit.license);
  set(metadata.soundbites, edit.soundbites);
  set(metadata.txt, edit.txt);
  set(metadata.number_display, edit.number_display);
  set(metadata.blocked, edit.blocked);
}

json::object document_of(const ShowMetadata& metadata) {
  json::array funding, listen_links, seasons;
  for (const auto& entry : metadata.listen_links) listen_links.push_back(json::object{{"name", entry.name}, {"url", entry.url}});
  for (const auto& entry : metadata.funding) funding.push_back(json::object{{"url", entry.url}, {"text", entry.text}});
  for (const auto& entry : metadata.seasons) seasons.push_back(json::object{{"number", entry.number}, {"name", entry.name}});
  return {{"persons", array_of(metadata.persons)},
          {"locations", array_of(metadata.locations)},
          {"license", value_of(metadata.license)},
          {"funding", std::move(funding)},
          {"listen_links", std::move(listen_links)},
          {"seasons", std::move(seasons)},
          {"txt", array_of(metadata.txt)},
          {"complete", metadata.complete},
          {"blocked", metadata.blocked},
          {"measuring_prefix", metadata.measuring_prefix}};
}

json::object document_of(const EpisodeMetadata& metadata) {
  json::array soundbites;
  for (const auto& bite : metadata.soundbites)
    soundbites.push_back(
        json::object{{"start_seconds", seconds_of(bite.start)}, {"duration_seconds", seconds_of(bite.duration)}, {"title", bite.title}});
  return {{"persons", array_of(metadata.persons)},
          {"locations", array_of(metadata.locations)},
          {"license", value_of(metadata.license)},
          {"soundbites", std::move(soundbites)},
          {"txt", array_of(metadata.txt)},
          {"number_display", metadata.number_display},
          {"blocked", metadata.blocked}};
}

Result<ShowMetadataEdit> show_metadata_from(const json::object& document) {
  ShowMetadataEdit edit;
  if (auto read = read_shared(document, edit); !read) return forward_error(read);
  if (const auto* value = document.if_contains("funding")) {
    auto funding = entries_of<Funding>(*value, "funding", kMaxFunding, funding_of);
    if (!funding) return forward_error(funding);
    edit.funding = std::move(*funding);
  }
  if (const auto* value = document.if_contains("listen_links")) {
    auto links = entries_of<ListenLink>(*value, "listen_links", kMaxListenLinks, listen_link_of);
    if (!links) return forward_error(links);
    edit.listen_links = std::move(*links);
  }
  if (const auto* value = document.if_contains("seasons")) {
    auto seasons = entries_of<SeasonName>(*value, "seasons", kMaxSeasons, season_of);
    if (!seasons) return forward_error(seasons);
    std::ranges::sort(*seasons, {}, &SeasonName::number);
    if (std::ranges::adjacent_find(*seasons, {}, &SeasonName::number) != seasons->end())
      return fail(ErrorKind::invalid, "“seasons” lists a season twice.", "seasons");
    edit.seasons = std::move(*seasons);
  }
  if (auto read = read_flag(document, "complete", edit.complete); !read) return forward_error(read);
  if (auto read = read_flag(document, "blocked", edit.blocked); !read) return forward_error(read);
  if (document.contains("measuring_prefix")) {
    JsonFields fields{document, ""};
    edit.measuring_prefix = fields.text("measuring_prefix", kLongestMeasuringPrefix);
    if (fields.wrong()) return std::unexpected(*fields.wrong());
    if (!is_measuring_prefix(*edit.measuring_prefix))
      return fail(
          ErrorKind::invalid,
          "“measuring_prefix” must be the URL that the measuring service gave you: it starts with “https://” and ends with “/”, for "
          "instance “https://op3.dev/e/”.",
          "measuring_prefix");
  }
  return edit;
}

Result<EpisodeMetadataEdit> episode_metadata_from(const json::object& document) {
  EpisodeMetadataEdit edit;
  if (auto read = read_shared(document, edit); !read) return forward_error(read);
  if (const auto* value = document.if_contains("soundbites")) {
    auto soundbites = entries_of<Soundbite>(*value, "soundbites", kMaxSoundbites, soundbite_of);
    if (!soundbites) return forward_error(soundbites);
    edit.soundbites = std::move(*soundbites);
  }
  if (document.contains("number_display")) {
    JsonFields fields{document, ""};
    edit.number_display = fields.text("number_display", kLongestDisplay);
    if (fields.wrong()) return std::unexpected(*fields.wrong());
  }
  if (auto read = read_flag(document, "blocked", edit.blocked); !read) return forward_error(read);
  return edit;
}

}  // namespace carillon::podcast
