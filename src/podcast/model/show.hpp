#pragma once
// Shows and episodes as values: the publisher's data, derived data and frozen data.

#include "audio/file_tags.hpp"
#include "audio/media_program.hpp"
#include "base/digest.hpp"
#include "base/time.hpp"
#include "podcast/model/audio_settings.hpp"
#include "podcast/model/cue_points.hpp"
#include "podcast/model/findings.hpp"
#include "podcast/model/metadata.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::podcast {

/// A cover picture: an immutable file in the blob store, which we re-encoded (media/pictures) from a publisher's file. A new image has a
/// new digest and thus a new URL.
struct Picture {
  Digest digest;
  ByteCount length;
  int side = 0;            ///< pixels; covers are square
  std::string media_type;  ///< image/jpeg, or image/png for one from before there were sizes
  bool sized = false;      ///< there are files in each of picture_sides(); false for an image that waits to be re-encoded
  [[nodiscard]] bool operator==(const Picture&) const = default;
};

/// The side lengths for which there are files, ascending; empty if it isn't sized.
[[nodiscard]] std::vector<int> picture_sides(const Picture& picture);
enum class PictureType { jpeg, webp };
[[nodiscard]] std::string_view media_type_of(PictureType type) noexcept;
/// A file of an image in one size.
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
  std::string slug;     ///< in all its URLs; those with an earlier slug redirect to these
  std::string title;
  std::string description;      ///< Markdown
  std::string language = "en";  ///< BCP 47
  Category category;            ///< "" until one is chosen
  std::string author;
  std::string owner_email;
  std::string copyright;
  std::string link;  ///< the show's website; "" = its page here
  bool is_explicit = false;
  bool serial = false;  ///< itunes:type
  bool locked = true;   ///< podcast:locked
  std::string medium = "podcast";
  audio::Format format;  ///< of future masters
  AudioSettings audio;   ///< likewise
  std::optional<Picture> cover;
  std::string guid;  ///< podcast:guid, UUIDv5; never changes
  ShowMetadata metadata;
  Time created;
  Time changed;
  std::int64_t revision = 1;    ///< counts edits, for If-Match
  std::optional<Time> deleted;  ///< when it was moved to the trash
};

/// A feed of a show, to which apps subscribe. Currently a show has one, its public feed, with the show's ID and slug.
struct Feed {
  std::string id;
  std::string show_id;
  std::string slug;  ///< in its URL; unique among all feeds
  Time created;
  Time changed;        ///< of its content; never twice within a second, so that Last-Modified changes with every change
  bool moved = false;  ///< it had another URL before
};
[[nodiscard]] Feed public_feed_of(const Show& show);

enum class EpisodeState { draft, processing, scheduled, published, unpublished };
[[nodiscard]] std::string_view name_of(EpisodeState state) noexcept;
[[nodiscard]] std::optional<EpisodeState> episode_state_from(std::string_view name) noexcept;

enum class EpisodeType { full, trailer, bonus };
[[nodiscard]] std::string_view name_of(EpisodeType type) noexcept;
[[nodiscard]] std::optional<EpisodeType> episode_type_from(std::string_view name) noexcept;

/// What else is known about a master. Stored as JSON, so that more can be added.
struct MasterDetails {
  std::optional<double> loudness_range = {};  ///< LU of the original recording (EBU Tech 3342); none: not stored
  std::optional<double> speech_share = {};    ///< 0–1 of the time with sound, estimated (media/pauses.hpp); none: not stored
  bool as_uploaded = false;                   ///< the frames of the uploaded MP3: they may depend on each other, so they can't be cut
  audio::FileTags tags = {};                  ///< of the original recording: defaults for the episode
  bool has_picture = false;                   ///< the original recording has a cover in its metadata
  std::optional<Digest> chapters = {};  ///< of a StoredText: the chapters of the original recording, whether the episode has them or not
};
[[nodiscard]] std::string details_text(const MasterDetails& details);
/// What isn't known is skipped: it was written by a newer version.
[[nodiscard]] MasterDetails details_from(std::string_view text);

/// The published audio: frozen bytes.
struct Master {
  Digest frames;  ///< bare MP3 frames in the blob store
  ByteCount frames_length;
  std::chrono::microseconds duration{};
  double loudness = 0;                         ///< LUFS
  std::optional<double> source_loudness = {};  ///< of the original recording; none: not stored
  std::optional<double> true_peak = {};        ///< dBTP, decoded; none: not stored
  std::vector<AudioFinding> findings = {};     ///< what the publisher should know about the recording
  MasterDetails details = {};
};

/// A master's waveform: the peak of each of equal parts, in percent of full scale.
struct Waveform {
  std::chrono::microseconds duration{};
  std::vector<std::uint8_t> peaks;
  std::optional<std::vector<Silence>> silences;  ///< by time; none: not stored
};

/// The recording that a publisher uploaded.
struct Original {
  Digest digest;
  ByteCount length;                 ///< 0: not known yet; the sweep finds out
  std::optional<Time> processed{};  ///< when a master was made from it, or was to be made again; none: not yet
};

/// The bytes before the frames, created at the first publication and never changed.
struct Frozen {
  Digest prefix;  ///< ID3 tag and Info frame in the blob store
  ByteCount prefix_length;
  Time since;    ///< when these bytes were first served: their Last-Modified
  Digest whole;  ///< SHA-256 of prefix and frames together: the strong ETag of the enclosure
};

/// A file that an episode's enclosure served before the current one.
struct FormerFile {
  Digest whole;  ///< as in Frozen
  Time since;
};

/// A text in the blob store, for apps: chapters or a transcript.
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
  std::string guid;  ///< never changes
  std::string
      slug;  ///< in its page's URL; unique in the show; follows the title until the episode is published or scheduled, then doesn't change
  std::string file_name;  ///< last segment of the enclosure ("my-talk.mp3"): follows the slug
  std::string title;
  std::string notes;  ///< Markdown
  std::optional<int> season;
  std::optional<int> number;
  EpisodeType type = EpisodeType::full;
  std::optional<bool> is_explicit;  ///< none: the show's value
  EpisodeState state = EpisodeState::draft;
  std::optional<Time> publish_at;  ///< requested: publish when it is ready and this time has come
  std::optional<Time> published;   ///< pubDate
  std::optional<Original> original;
  std::optional<Time> original_dropped;  ///< when it was deleted, as someone asked for
  std::optional<Master> master;
  std::optional<Frozen> frozen;
  EpisodeMetadata metadata;
  std::optional<Picture> cover;         ///< its own; none: uses the show's
  std::optional<StoredText> chapters;   ///< application/json+chapters
  std::vector<Transcript> transcripts;  ///< by language, one of each
  std::vector<CuePoint> cue_points;     ///< by time
  Time created;
  Time changed;
  std::int64_t revision = 1;
  std::optional<Time> deleted;
};

/// Properties of the audio for feeds and pages, for an episode with master and prefix.
[[nodiscard]] std::string_view enclosure_type(const Episode& episode) noexcept;  ///< its media type
[[nodiscard]] ByteCount enclosure_length(const Episode& episode) noexcept;

/// An episode's cover, else its show's; null if there is neither. Valid as long as they exist.
[[nodiscard]] const Picture* cover_of(const Show& show, const Episode& episode) noexcept;

}  // namespace carillon::podcast
