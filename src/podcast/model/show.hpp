#pragma once
// Shows and episodes as values: what a publisher wrote, what was made of it, and what is frozen.

#include "audio/media_program.hpp"
#include "base/digest.hpp"
#include "base/time.hpp"
#include "podcast/model/metadata.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::podcast {

/// A cover picture: an immutable file in the blob store, made by us (media/pictures) of what a publisher gave. A new picture is a new
/// digest and so a new address.
struct Picture {
  Digest digest;
  ByteCount length;
  int side = 0;            ///< pixels; covers are square
  std::string media_type;  ///< image/jpeg, or image/png of one of before there were sizes
  bool sized = false;      ///< there are files of it at each of picture_sides(); none of a picture that waits to be made anew
  [[nodiscard]] bool operator==(const Picture&) const = default;
};

/// The sides at which there are files of the picture, ascending; empty for one that isn't sized.
[[nodiscard]] std::vector<int> picture_sides(const Picture& picture);
enum class PictureType { jpeg, webp };
[[nodiscard]] std::string_view media_type_of(PictureType type) noexcept;
/// A file of a picture at one of its sides.
struct PictureSize {
  int side = 0;
  std::string media_type;
  Digest file;
  ByteCount length;
};

/// A category in Apple's list with its optional sub-category: "Society & Culture", "Documentary".
struct Category {
  std::string name;
  std::string sub;
  [[nodiscard]] bool operator==(const Category&) const = default;
};

struct Show {
  std::string id;
  std::string network;  ///< slug of the network it belongs to
  std::string slug;     ///< in every address of it; those with an earlier one lead to these
  std::string title;
  std::string description;      ///< Markdown
  std::string language = "en";  ///< BCP 47
  Category category;            ///< "" until somebody chooses one
  std::string author;
  std::string owner_email;
  std::string copyright;
  std::string link;  ///< the show's own web site; "" = its page here
  bool is_explicit = false;
  bool serial = false;  ///< itunes:type
  bool locked = true;   ///< podcast:locked
  std::string medium = "podcast";
  audio::Format format;  ///< of the masters that are made from now on
  std::optional<Picture> cover;
  std::string guid;  ///< podcast:guid, UUIDv5; never changes
  ShowMetadata metadata;
  Time created;
  Time changed;
  std::int64_t revision = 1;    ///< counts edits, for If-Match
  std::optional<Time> deleted;  ///< since when it has been in the trash
};

/// A feed of a show: what apps subscribe to. A show has one today, its public feed, which has the show's id and slug.
struct Feed {
  std::string id;
  std::string show_id;
  std::string slug;  ///< in its address; unique among all feeds
  Time created;
  Time changed;        ///< what it says; never twice within one second, so that its Last-Modified moves with each change
  bool moved = false;  ///< it had another address before
};
[[nodiscard]] Feed public_feed_of(const Show& show);

enum class EpisodeState { draft, processing, scheduled, published, unpublished };
[[nodiscard]] std::string_view name_of(EpisodeState state) noexcept;
[[nodiscard]] std::optional<EpisodeState> episode_state_from(std::string_view name) noexcept;

enum class EpisodeType { full, trailer, bonus };
[[nodiscard]] std::string_view name_of(EpisodeType type) noexcept;
[[nodiscard]] std::optional<EpisodeType> episode_type_from(std::string_view name) noexcept;

/// The audio as it is served once it is published: frozen bytes.
struct Master {
  Digest frames;  ///< bare MP3 frames in the blob store
  ByteCount frames_length;
  std::chrono::microseconds duration{};
  double loudness = 0;                         ///< LUFS
  std::optional<double> source_loudness = {};  ///< of the recording that it was made of; none: it was not kept
};

/// What a master looks like: its loudest sample in each of equal parts, in percent of full scale.
struct Waveform {
  std::chrono::microseconds duration{};
  std::vector<std::uint8_t> peaks;
};

/// What stands before the frames, made at the first publication and kept as it is.
struct Frozen {
  Digest prefix;  ///< ID3 tag and Info frame in the blob store
  ByteCount prefix_length;
  Time since;    ///< when these bytes took their place: their Last-Modified
  Digest whole;  ///< SHA-256 of prefix and frames together: the strong ETag of the enclosure
};

/// A text in the blob store: what is read by apps beside the audio.
struct StoredText {
  Digest digest;
  ByteCount length;
  [[nodiscard]] bool operator==(const StoredText&) const = default;
};

struct Transcript {
  std::string language;  ///< BCP 47
  StoredText text;
  bool timed = true;  ///< WebVTT; false: plain text
};
[[nodiscard]] std::string_view type_of(const Transcript& transcript) noexcept;  ///< its media type
[[nodiscard]] std::string file_name_of(const Transcript& transcript);           ///< "transcript.de.vtt", "transcript.de.txt"

struct Episode {
  std::string id;
  std::string show_id;
  std::string guid;       ///< never changes
  std::string slug;       ///< in its page's address; unique in the show; follows the title until it is published or scheduled, then stays
  std::string file_name;  ///< last segment of the enclosure ("my-talk.mp3"): the slug's, and stays as that does
  std::string title;
  std::string notes;  ///< Markdown
  std::optional<int> season;
  std::optional<int> number;
  EpisodeType type = EpisodeType::full;
  std::optional<bool> is_explicit;  ///< none: as the show
  EpisodeState state = EpisodeState::draft;
  std::optional<Time> publish_at;  ///< the wish: publish as soon as it is ready and this has come
  std::optional<Time> published;   ///< pubDate
  std::optional<Digest> original;  ///< as uploaded
  std::optional<Master> master;
  std::optional<Frozen> frozen;
  EpisodeMetadata metadata;
  std::optional<Picture> cover;         ///< its own; none: it has its show's
  std::optional<StoredText> chapters;   ///< application/json+chapters
  std::vector<Transcript> transcripts;  ///< by language, one of each
  Time created;
  Time changed;
  std::int64_t revision = 1;
  std::optional<Time> deleted;
};

/// What feeds and pages say of the audio of an episode that has its master and its prefix.
[[nodiscard]] std::string_view enclosure_type(const Episode& episode) noexcept;  ///< its media type
[[nodiscard]] ByteCount enclosure_length(const Episode& episode) noexcept;

/// What is shown for an episode: its own cover, else its show's; null when there is neither. Lives as long as they do.
[[nodiscard]] const Picture* cover_of(const Show& show, const Episode& episode) noexcept;

}  // namespace carillon::podcast
