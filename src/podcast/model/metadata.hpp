#pragma once
// Metadata of shows and episodes beyond title and notes: people, locations, license, funding, seasons, soundbites. All optional; empty
// values are omitted. Read and written as JSON, for both the API and the database. Pure.

#include "base/result.hpp"

#include <boost/json/fwd.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace carillon::podcast {

/// podcast:person. An episode's list replaces its show's.
struct Person {
  std::string name;
  std::string role;   ///< of the Podcast Taxonomy; "" = host
  std::string group;  ///< likewise; "" = cast
  std::string img;    ///< address of a picture
  std::string href;   ///< a page about the person
  [[nodiscard]] bool operator==(const Person&) const = default;
};

/// podcast:location.
struct Location {
  std::string name;
  std::string rel;      ///< "subject", "creator" or ""
  std::string geo;      ///< RFC 5870: "geo:48.2010,16.3695"
  std::string osm;      ///< OpenStreetMap: N, W or R and a number, "R113314"
  std::string country;  ///< ISO 3166-1: "AT"
  [[nodiscard]] bool operator==(const Location&) const = default;
};

/// podcast:license.
struct License {
  std::string name;  ///< "cc-by-4.0", or a custom name with the URL of its text
  std::string url;
  [[nodiscard]] bool operator==(const License&) const = default;
};

/// podcast:funding.
struct Funding {
  std::string url;
  std::string text;
  [[nodiscard]] bool operator==(const Funding&) const = default;
};

/// The show's page at a directory or in an app.
struct ListenLink {
  std::string name;  ///< "Spotify"
  std::string url;   ///< https
  [[nodiscard]] bool operator==(const ListenLink&) const = default;
};
/// "Spotify" of "https://open.spotify.com/show/…"; the host name without "www." if it is unknown.
[[nodiscard]] std::string listen_name_of(std::string_view url);

/// The name of a season, for podcast:season of each of its episodes.
struct SeasonName {
  int number = 1;
  std::string name;
  [[nodiscard]] bool operator==(const SeasonName&) const = default;
};

/// podcast:soundbite.
struct Soundbite {
  std::chrono::milliseconds start{};
  std::chrono::milliseconds duration{};
  std::string title;  ///< "" = the episode's
  [[nodiscard]] bool operator==(const Soundbite&) const = default;
};

/// podcast:txt: a verification token, or other machine-readable text.
struct TextRecord {
  std::string value;
  std::string purpose;  ///< "verify", "applepodcastsverify", …; "" for anything
  [[nodiscard]] bool operator==(const TextRecord&) const = default;
};

struct ShowMetadata {
  std::vector<Person> persons;
  std::vector<Location> locations;
  std::optional<License> license;
  std::vector<Funding> funding;
  std::vector<ListenLink> listen_links;
  std::vector<SeasonName> seasons;
  std::vector<TextRecord> txt;
  bool complete = false;  ///< itunes:complete: no episode will follow
  bool blocked = false;   ///< itunes:block: asks directories not to list it
  /// Of a measuring service (OP3, Podtrac), in front of the enclosures in feeds: "https://op3.dev/e/"; "" for none. Several can follow each
  /// other: "https://op3.dev/e/dts.podtrac.com/redirect.mp3/".
  std::string measuring_prefix;
  [[nodiscard]] bool operator==(const ShowMetadata&) const = default;
  [[nodiscard]] std::string season_name(int number) const;  ///< "" if it has none
  /// An enclosure's URL as it is in feeds.
  [[nodiscard]] std::string measured(const std::string& enclosure) const;
};

struct EpisodeMetadata {
  std::vector<Person> persons;
  std::vector<Location> locations;
  std::optional<License> license;
  std::vector<Soundbite> soundbites;
  std::vector<TextRecord> txt;
  std::string number_display;  ///< podcast:episode display: shown instead of the number
  bool blocked = false;        ///< itunes:block
  [[nodiscard]] bool operator==(const EpisodeMetadata&) const = default;
};

/// The values to set; none leaves a value unchanged.
struct ShowMetadataEdit {
  std::optional<std::vector<Person>> persons;
  std::optional<std::vector<Location>> locations;
  std::optional<std::optional<License>> license;
  std::optional<std::vector<Funding>> funding;
  std::optional<std::vector<ListenLink>> listen_links;
  std::optional<std::vector<SeasonName>> seasons;
  std::optional<std::vector<TextRecord>> txt;
  std::optional<bool> complete, blocked;
  std::optional<std::string> measuring_prefix;
};
struct EpisodeMetadataEdit {
  std::optional<std::vector<Person>> persons;
  std::optional<std::vector<Location>> locations;
  std::optional<std::optional<License>> license;
  std::optional<std::vector<Soundbite>> soundbites;
  std::optional<std::vector<TextRecord>> txt;
  std::optional<std::string> number_display;
  std::optional<bool> blocked;
};
void apply(ShowMetadataEdit edit, ShowMetadata& metadata);
void apply(EpisodeMetadataEdit edit, EpisodeMetadata& metadata);

/// All fields, including empty ones.
[[nodiscard]] boost::json::object document_of(const ShowMetadata& metadata);
[[nodiscard]] boost::json::object document_of(const EpisodeMetadata& metadata);

/// Ignores unknown members, which strict readers check themselves. `invalid` has the exact field:
/// "persons[2].href".
[[nodiscard]] Result<ShowMetadataEdit> show_metadata_from(const boost::json::object& document);
[[nodiscard]] Result<EpisodeMetadataEdit> episode_metadata_from(const boost::json::object& document);

inline constexpr std::size_t kLongestMeasuringPrefix = 500;  ///< bytes
inline constexpr std::size_t kMaxPersons = 100;
inline constexpr std::size_t kMaxLocations = 20;
inline constexpr std::size_t kMaxFunding = 10;
inline constexpr std::size_t kMaxListenLinks = 20;
inline constexpr std::size_t kMaxSeasons = 1000;
inline constexpr std::size_t kMaxSoundbites = 50;
inline constexpr std::size_t kMaxTextRecords = 20;
inline constexpr std::size_t kLongestTextRecord = 4000;  ///< characters, as the namespace allows
inline constexpr std::size_t kLongestName = 128;         ///< characters: what the namespace's schema allows
inline constexpr std::size_t kLongestDisplay = 32;
inline constexpr std::size_t kLongestAddress = 2048;  ///< bytes
inline constexpr std::chrono::hours kLongestEpisode{100};

}  // namespace carillon::podcast
