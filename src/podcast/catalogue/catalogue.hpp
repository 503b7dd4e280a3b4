#pragma once
// The catalogue: one immutable snapshot per show for what the public reads of it; a commit replaces that one. No database on the way of a
// download whose show is in memory.

#include "body/body.hpp"
#include "podcast/chapters/chapters.hpp"
#include "podcast/model/addresses.hpp"
#include "podcast/transcripts/transcript.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <string_view>
#include <unordered_map>

namespace carillon::db {
class Database;
}
namespace carillon::blob {
class Store;
}

namespace carillon::podcast {

namespace asio = boost::asio;

class AudioPlace;

/// A published episode, ready to be shown.
struct PublishedEpisode {
  Episode episode;
  std::string notes_html;             ///< safe
  std::shared_ptr<AudioPlace> audio;  ///< the catalogue's: where its audio is while it is open
};

/// A feed's bytes, made once per change, with their validators.
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
  [[nodiscard]] std::shared_ptr<const PublishedEpisode> by_id(std::string_view id) const;      ///< null when it is none of these
  [[nodiscard]] std::shared_ptr<const PublishedEpisode> by_slug(std::string_view slug) const;  ///< null likewise
};

/// The show's public feed as it reads at these addresses. Work, not for an event loop.
[[nodiscard]] std::string feed_at(const Addresses& addresses, const ShowSnapshot& snapshot);

struct EpisodeInShow {
  std::shared_ptr<const ShowSnapshot> show;
  std::shared_ptr<const PublishedEpisode> episode;
  Body enclosure;  ///< tag, Info frame and frames
};

/// A text beside the audio, as its own address serves it.
struct EpisodeText {
  std::shared_ptr<const ShowSnapshot> show;
  StoredText text;
  Body body;
  std::string_view media_type;
};

/// A picture by its digest: its file, or the picture that took its place.
struct PublicPicture {
  Picture picture;
  Body body;  ///< empty when it was replaced
  std::optional<Picture> replacement;
};
struct PublicPictureSize {
  PictureSize size;
  Body body;
};

/// What a page tells of an episode beside its notes.
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

/// Which show, and whose.
struct ShowPlace {
  std::string network, slug;
};

/// What became of an address where no show is found.
struct FormerShow {
  std::string slug;   ///< of the show that had it before; "" when there is none
  bool gone = false;  ///< there was one, and it was deleted
};

/// A page that named more would load more than memory keeps, for every visitor anew.
inline constexpr std::size_t kMaxListed = 100;

/// Any thread. Reading a show that is in memory takes a shared pointer and no lock, and so does audio that is open; what is not open yet is
/// opened on a worker. What is not in memory, and every picture, is looked for in the database. What can't be read
/// now (the database or a file fails) is thrown: it must not look like what does not exist.
class Catalogue {
 public:
  Catalogue(db::Database& database, blob::Store& media, Addresses addresses);
  ~Catalogue();

  /// Null when there is no such show.
  asio::awaitable<std::shared_ptr<const ShowSnapshot>> show(std::string slug);
  /// Null members when there is no such episode or it is not published.
  asio::awaitable<EpisodeInShow> published_episode(std::string id);
  /// The same without opening its audio: `enclosure` is empty.
  asio::awaitable<EpisodeInShow> episode_in_show(std::string id);
  /// Of a slug that show() knows nothing of.
  asio::awaitable<FormerShow> former_show(std::string slug);
  /// Whether an episode was public and was deleted.
  asio::awaitable<bool> is_gone(std::string episode_id);
  asio::awaitable<bool> is_gone(std::string show_id, std::string episode_slug);
  /// "chapters.json", "transcript.de.vtt" of a published episode; none when there is no such text.
  asio::awaitable<std::optional<EpisodeText>> episode_text(std::string id, std::string file_name);
  /// Chapters, and the transcript in `language`, else the first there is. Read from the store: blocks, so call it within work_for().
  [[nodiscard]] EpisodeReading reading_now(const PublishedEpisode& episode, const std::string& language) const;
  /// Runs `work` away from the event loop, in the share that this network has of the workers; returns when it is done, throws what it
  /// throws. Making a page is such work.
  asio::awaitable<void> work_for(std::string network, std::function<void()> work);
  /// The first kMaxListed shows by title that do not ask not to be listed; for the start page.
  asio::awaitable<std::vector<std::shared_ptr<const ShowSnapshot>>> shows();
  /// Every show by slug that does not ask not to be listed, at most `most`, without loading any; for site maps.
  asio::awaitable<std::vector<ListedShow>> listed(std::size_t most);
  /// The cover with this digest, if a show has it now or had it before.
  asio::awaitable<std::optional<PublicPicture>> picture(Digest digest);
  /// Its file at one of its sides; none where there is none.
  asio::awaitable<std::optional<PublicPictureSize>> picture_size(Digest digest, int side, PictureType type);
  /// The shows that show it to the public, taken down or not; none when it is nobody's or only unpublished episodes have it.
  asio::awaitable<std::vector<ShowPlace>> shows_with_picture(Digest digest);

  /// Whether an episode is in a snapshot that is in memory now. Asks no database.
  [[nodiscard]] bool has(std::string_view episode_id) const;

  /// The ids of the shows whose snapshots are in memory now.
  [[nodiscard]] std::vector<std::string> in_memory() const;

  /// Builds the show's snapshot anew from what is committed and puts it in place of the old one; returns when readers see it. Blocks;
  /// worker threads.
  Result<> refresh_now(std::string_view show_id);
  asio::awaitable<Result<>> refresh(std::string show_id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::podcast
