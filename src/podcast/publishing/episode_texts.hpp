#pragma once
// What publishers write for episodes beside their fields: chapters and transcripts, and how notes will look.

#include "accounts/caller.hpp"
#include "blob/store.hpp"
#include "jobs/fair_workers.hpp"
#include "jobs/workers.hpp"
#include "podcast/chapters/chapters.hpp"
#include "podcast/publishing/acts.hpp"
#include "podcast/publishing/tags.hpp"
#include "podcast/transcripts/transcript.hpp"

namespace carillon::podcast {

/// Any thread; coroutines resume on the caller's executor. Errors name the failing field; `by` and `revision` as Shows has them.
class EpisodeTexts {
 public:
  struct Parts {
    db::Database& database;
    blob::Store& media;
    Acts& acts;
    Tags& tags;
    jobs::Workers& disk;
    jobs::FairWorkers& texts;
  };
  explicit EpisodeTexts(Parts parts) : parts_{parts} {}

  /// What the page of an episode with these notes would show.
  asio::awaitable<Result<std::string>> preview(accounts::Actor by, std::string notes);
  /// Without any they are taken away. `invalid` for one that begins behind the end of the recording.
  asio::awaitable<Result<Episode>> set_chapters(accounts::Actor by, std::string id, Chapters chapters,
                                                std::optional<std::int64_t> revision);
  asio::awaitable<Result<Chapters>> chapters(std::string id);
  /// podcast::read_transcript() away from the event loop: megabytes of a foreign text.
  asio::awaitable<Result<TranscriptDocument>> read_transcript(accounts::Actor by, TranscriptType type, std::string bytes,
                                                              std::string language);
  /// None takes the transcript in that language away.
  asio::awaitable<Result<Episode>> set_transcript(accounts::Actor by, std::string id, std::string language,
                                                  std::optional<TranscriptDocument> document, std::optional<std::int64_t> revision);
  asio::awaitable<Result<TranscriptDocument>> transcript(std::string id, std::string language);

 private:
  Parts parts_;
};

inline constexpr std::size_t kMaxTranscripts = 50;  ///< languages of one episode

}  // namespace carillon::podcast
