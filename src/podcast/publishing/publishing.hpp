#pragma once
// What publishers do: shows and episodes are made, edited, given audio, published. Each act is one transaction, then the show's snapshot is
// replaced.

#include "accounts/caller.hpp"
#include "blob/references.hpp"
#include "blob/store.hpp"
#include "db/database.hpp"
#include "jobs/jobs.hpp"
#include "podcast/catalogue/catalogue.hpp"
#include "podcast/chapters/chapters.hpp"
#include "podcast/feed/directory_check.hpp"
#include "podcast/feed/notes.hpp"
#include "podcast/model/episode_list.hpp"
#include "podcast/publishing/acts.hpp"
#include "podcast/transcripts/transcript.hpp"

namespace carillon::podcast {

/// The kind of the jobs that publish an episode on the date that its publisher chose.
inline constexpr std::string_view kPublishJob = "publish";

/// What a publisher may set; none leaves it as it is. Every string is checked: UTF-8, length, emptiness where something is needed.
struct ShowEdit {
  std::optional<std::string> title, description, language, author, owner_email, copyright, link, medium;
  std::optional<Category> category;
  std::optional<bool> is_explicit, serial, locked;
  ShowMetadataEdit metadata;
};
struct EpisodeEdit {
  std::optional<std::string> title, notes;
  std::optional<std::optional<int>> season, number;
  std::optional<EpisodeType> type;
  std::optional<std::optional<bool>> is_explicit;
  EpisodeMetadataEdit metadata;
};

/// What the edit asks for, done to a copy. Checks nothing.
void apply(ShowEdit edit, Show& show);
void apply(EpisodeEdit edit, Episode& episode);

/// Any thread; coroutines resume on the caller's executor. Errors name the failing field.
/// `by` is who does it: every act leaves its line in the audit trail, in its own transaction.
/// `revision`: the one the editor saw; another one now is `conflict`. None: no check.
class Publishing {
 public:
  Publishing(db::Database& database, blob::Store& media, Catalogue& catalogue, jobs::Runner& jobs, const audio::MediaProgram& program,
             const Clock& clock, Random& random, Addresses addresses);
  ~Publishing();

  /// Registers the handlers of its jobs: "ingest" (original → master, then publishes if that is wished), "publish" (a schedule is due),
  /// "sweep" (drops uploads that nobody went on with, what was in the trash for kTrashKept, and media nobody refers to). Before
  /// jobs::Runner::start.
  /// `references`: all that refer to media; the sweep drops the rest.
  void register_jobs(std::vector<blob::References> references);

  /// Who hears of changes. Before anything is changed.
  void on_change(Changed changed, FeedChanged feed_changed);
  /// Whether readers still see the show's feed as it was before a change that is committed.
  [[nodiscard]] bool is_behind(const std::string& show_id) const;

  asio::awaitable<Result<Show>> create_show(accounts::Actor by, std::string network, std::string slug, ShowEdit edit, audio::Format format);
  asio::awaitable<Result<Show>> edit_show(accounts::Actor by, std::string slug, ShowEdit edit, std::optional<std::int64_t> revision);
  /// Into the trash, with its slug; only a show without published episodes unless `with_episodes`.
  asio::awaitable<Result<>> delete_show(accounts::Actor by, std::string slug, bool with_episodes);
  /// As it was before, with its episodes. A schedule whose time has passed meanwhile is a draft again: nothing goes out unasked.
  asio::awaitable<Result<Show>> restore_show(accounts::Actor by, std::string slug);
  asio::awaitable<Result<std::vector<Show>>> deleted_shows(std::optional<std::string> network, std::string after, std::size_t limit);
  asio::awaitable<Result<Show>> show(std::string slug);
  asio::awaitable<Result<Show>> show_with_id(std::string id);
  /// By slug, after `after`; of one network, or of all.
  asio::awaitable<Result<std::vector<Show>>> shows(std::optional<std::string> network, std::string after, std::size_t limit);
  /// `bytes` is the picture file, at most kLargestPicture; refused precisely (cover.hpp).
  asio::awaitable<Result<Show>> set_cover(accounts::Actor by, std::string slug, std::string bytes);

  asio::awaitable<Result<Episode>> create_episode(accounts::Actor by, std::string show_slug, EpisodeEdit edit);
  asio::awaitable<Result<Episode>> edit_episode(accounts::Actor by, std::string id, EpisodeEdit edit, std::optional<std::int64_t> revision);
  asio::awaitable<Result<Episode>> episode(std::string id);
  asio::awaitable<Result<EpisodeList>> episodes(std::string show_slug, EpisodeListWish wish);
  /// The finished upload becomes the episode's original; answers the ingest job.
  asio::awaitable<Result<jobs::Job>> attach_audio(accounts::Actor by, std::string id, std::string upload_id);
  /// The finished upload becomes the episode's own cover, if it is fit for one (cover.hpp; at most kLargestPicture); a refused one may be
  /// looked at, and tried, again.
  asio::awaitable<Result<Episode>> set_episode_cover(accounts::Actor by, std::string id, std::string upload_id);
  /// The show's cover is shown again. One that has none of its own stays as it is.
  asio::awaitable<Result<Episode>> remove_episode_cover(accounts::Actor by, std::string id);
  /// What the page of an episode with these notes would show.
  asio::awaitable<Result<std::string>> preview(accounts::Actor by, std::string notes);
  /// What directories would refuse or dislike in the show (directory_check.hpp).
  asio::awaitable<Result<std::vector<Finding>>> directory_findings(accounts::Actor by, std::string show_slug);
  /// The master of an episode in any state: what its people listen to before anybody else does. `not_found` while there is none.
  asio::awaitable<Result<FileSlice>> master(std::string id);
  /// Publishes now, at `at`, or as soon as the audio is ready. `conflict` when it has no audio.
  asio::awaitable<Result<Episode>> publish(accounts::Actor by, std::string id, std::optional<Time> at);
  asio::awaitable<Result<Episode>> unpublish(accounts::Actor by, std::string id);
  /// Into the trash, for kTrashKept.
  asio::awaitable<Result<>> delete_episode(accounts::Actor by, std::string id);
  /// As restore_show.
  asio::awaitable<Result<Episode>> restore_episode(accounts::Actor by, std::string id);

  /// `not_found` with a sentence when there is no audio yet, or its waveform was never made.
  asio::awaitable<Result<Waveform>> waveform(std::string id);

  /// None of them takes the chapters away.
  asio::awaitable<Result<Episode>> set_chapters(accounts::Actor by, std::string id, std::vector<Chapter> chapters,
                                                std::optional<std::int64_t> revision);
  asio::awaitable<Result<std::vector<Chapter>>> chapters(std::string id);
  /// parse_transcript() away from the event loop: megabytes of a foreign text.
  asio::awaitable<Result<std::vector<Cue>>> read_transcript(accounts::Actor by, TranscriptFormat format, std::string text);
  /// None of them takes the transcript in that language away.
  asio::awaitable<Result<Episode>> set_transcript(accounts::Actor by, std::string id, std::string language, std::vector<Cue> cues,
                                                  std::optional<std::int64_t> revision);
  asio::awaitable<Result<std::string>> transcript(std::string id, std::string language);  ///< WebVTT

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

inline constexpr ByteCount kLargestPicture{12ULL << 20};
inline constexpr std::chrono::days kTrashKept{30};
inline constexpr std::size_t kMostTranscripts = 50;  ///< languages of one episode
inline constexpr std::size_t kLongestTitle = 255;    ///< bytes

}  // namespace carillon::podcast
