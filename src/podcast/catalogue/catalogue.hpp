#pragma once
// The catalogue: one immutable snapshot per show for public reads; a commit replaces it. Downloads of shows in memory don't use the
// database.

#include "body/body.hpp"
#include "podcast/chapters/chapters.hpp"
#include "podcast/model/addresses.hpp"
#include "podcast/transcripts/transcript.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace carillon::db {
class Database;
}
namespace carillon::blob {
class Store;
}

namespace carillon::podcast {

namespace asio = boost::asio;

class AudioPlace;

/// Where a cue point is in the frames of a master.
struct CueOffset {
  ByteCount at;
  std::optional<ByteCount> until{};  ///< of a removed part
  CueKind kind = CueKind::midroll;
  int slots = 0;
};

/// What has to be known to cut an episode's audio.
struct CuttableAudio {
  audio::Format format;
  std::vector<CueOffset> cues;  ///< of the episode's cue points, in their order; empty if its frames can't be cut
};

/// A published episode, ready to be served.
struct PublishedEpisode {
  Episode episode;
  std::string notes_html;             ///< safe
  std::shared_ptr<AudioPlace> audio;  ///< belongs to the catalogue: its audio while it is open
};

/// A rendered feed, created once per change, with its validators.
struct RenderedFeed {
  Feed feed;
  Body body;
  Body gzip;
  std::string etag;  ///< strong, quoted
  Time last_modified;
};

struct ShowSnapshot {
  Show show;
  std::string description_html;                                   ///< safe
  std::vector<std::shared_ptr<const PublishedEpisode>> episodes;  ///< newest first
  std::unordered_map<std::string_view, std::size_t> places;       ///< where in `episodes` an episode's id is; views into these
  RenderedFeed feed;                                              ///< the public one
  [[nodiscard]] std::shared_ptr<const PublishedEpisode> by_id(std::string_view id) const;      ///< null if there is no such episode
  [[nodiscard]] std::shared_ptr<const PublishedEpisode> by_slug(std::string_view slug) const;  ///< null likewise
};

/// The show's public feed with these addresses. CPU-intensive, not for an event loop.
[[nodiscard]] std::string feed_at(const Addresses& addresses, const ShowSnapshot& snapshot);

struct EpisodeInShow {
  std::shared_ptr<const ShowSnapshot> show;
  std::shared_ptr<const PublishedEpisode> episode;
  Body enclosure;  ///< tag, Info frame and frames
  CuttableAudio cuttable{};
};

/// What an episode served before its current audio.
struct FormerEnclosure {
  Body body;
  Digest whole;  ///< its SHA-256
  Time since;    ///< its Last-Modified
};

/// A text of an episode, as served at its own URL.
struct EpisodeText {
  std::shared_ptr<const ShowSnapshot> show;
  StoredText text;
  Body body;
  std::string_view media_type;
};

/// An image by its digest: its file, or the image that replaced it.
struct PublicPicture {
  Picture picture;
  Body body;  ///< empty if it was replaced
  std::optional<Picture> replacement;
};
struct PublicPictureSize {
  PictureSize size;
  Body body;
};

/// The content of an episode's page besides its notes.
struct EpisodeReading {
  std::vector<Chapter> chapters;
  std::vector<Cue> transcript;          ///< of a timed one
  std::vector<std::string> paragraphs;  ///< of one that is plain text
  std::string language;                 ///< of the transcript
};

/// One line of the list of all shows.
struct ListedShow {
  std::string slug;
  std::string network;
  Time changed;  ///< the show, or one of its published episodes
};

/// A show and its network.
struct ShowPlace {
  std::string network, slug;
};

/// The state of a URL without a show.
struct FormerShow {
  std::string slug;   ///< of the show that had it before; "" when there is none
  bool gone = false;  ///< there was one, but it was deleted
};

/// A page with more shows would load more than fits in memory, for every visitor.
inline constexpr std::size_t kMaxListed = 100;

/// Any thread. Reading a show in memory copies a shared pointer without a lock, and so does open audio; other audio is opened on a worker.
/// Shows that aren't in memory, and all images, are looked up in the database. Read errors (of the database or a file) are thrown, so that
/// they don't look like missing content.
class Catalogue {
 public:
  Catalogue(db::Database& database, blob::Store& media, Addresses addresses);
  ~Catalogue();

  /// Null if there is no such show.
  asio::awaitable<std::shared_ptr<const ShowSnapshot>> show(std::string slug);
  /// Null members if there is no such episode or it isn't published.
  asio::awaitable<EpisodeInShow> published_episode(std::string id);
  /// The same without opening its audio: `enclosure` is empty.
  asio::awaitable<EpisodeInShow> episode_in_show(std::string id);
  /// Replaced audio of a published episode, for downloads that continue; none if there is none with this digest or date, or it was replaced
  /// longer than kFormerAudioServed (publishing/acts.hpp) before `now`.
  asio::awaitable<std::optional<FormerEnclosure>> former_enclosure(std::string id, std::variant<Digest, Time> validator, Time now);
  /// For a slug that show() doesn't find.
  asio::awaitable<FormerShow> former_show(std::string slug);
  /// Whether an episode was public and was deleted.
  asio::awaitable<bool> is_gone(std::string episode_id);
  asio::awaitable<bool> is_gone(std::string show_id, std::string episode_slug);
  /// "chapters.json", "transcript.de.vtt" of a published episode; none if there is no such text.
  asio::awaitable<std::optional<EpisodeText>> episode_text(std::string id, std::string file_name);
  /// Chapters, and the transcript in `language`, else the first one. Read from the store: blocks, so call it within work_for().
  [[nodiscard]] EpisodeReading reading_now(const PublishedEpisode& episode, const std::string& language) const;
  /// Runs `work` (e.g. rendering a page) outside the event loop, in this network's share of the workers; returns when it is done, rethrows
  /// its exceptions.
  asio::awaitable<void> work_for(std::string network, std::function<void()> work);
  /// The first kMaxListed listed shows by title; for the start page.
  asio::awaitable<std::vector<std::shared_ptr<const ShowSnapshot>>> shows();
  /// All listed shows by slug, at most `most`, without loading them; for sitemaps.
  asio::awaitable<std::vector<ListedShow>> listed(std::size_t most);
  /// The cover with this digest, if a show has it now or had it before.
  asio::awaitable<std::optional<PublicPicture>> picture(Digest digest);
  /// Its file in one size; none if there is none.
  asio::awaitable<std::optional<PublicPictureSize>> picture_size(Digest digest, int side, PictureType type);
  /// The shows that use it publicly, even if suspended; none if no one uses it or only unpublished episodes do.
  asio::awaitable<std::vector<ShowPlace>> shows_with_picture(Digest digest);

  /// Whether an episode is in a snapshot in memory. Doesn't use the database.
  [[nodiscard]] bool has(std::string_view episode_id) const;

  /// The ids of the shows whose snapshots are in memory now.
  [[nodiscard]] std::vector<std::string> in_memory() const;

  /// Rebuilds the show's snapshot from committed data and replaces the old one; returns when readers see it. Blocks; worker threads.
  Result<> refresh_now(std::string_view show_id);
  asio::awaitable<Result<>> refresh(std::string show_id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::podcast
