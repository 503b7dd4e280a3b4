#pragma once
// Chapters and transcripts of episodes, and the preview of notes.

#include "accounts/caller.hpp"
#include "blob/store.hpp"
#include "jobs/fair_workers.hpp"
#include "jobs/workers.hpp"
#include "podcast/chapters/reading.hpp"
#include "podcast/publishing/acts.hpp"
#include "podcast/publishing/tags.hpp"
#include "podcast/transcripts/transcript.hpp"

namespace carillon::podcast {

/// Any thread; coroutines resume on the caller's executor. Errors name the failing field; for `by` and `revision`, see Shows.
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

  /// The HTML of these notes on an episode's page.
  asio::awaitable<Result<std::string>> preview(accounts::Actor by, std::string notes);
  /// Removes them if there are none. `invalid` if one starts after the end of the recording.
  asio::awaitable<Result<Episode>> set_chapters(accounts::Actor by, std::string id, Chapters chapters,
                                                std::optional<std::int64_t> revision);
  asio::awaitable<Result<Chapters>> chapters(std::string id);
  /// podcast::read_chapters() outside the event loop.
  asio::awaitable<Result<ReadChapters>> read_chapters(accounts::Actor by, texts::Charset charset, std::string bytes, std::string language);
  /// The chapters that the episode's notes suggest, up to the end of its recording (chapters_in_notes()). Nothing is stored.
  asio::awaitable<Result<Chapters>> chapters_in_notes(accounts::Actor by, std::string id);
  /// texts::encodings_of() outside the event loop: what to ask after an error about the field "charset".
  asio::awaitable<Result<std::vector<texts::PossibleEncoding>>> encodings_of(accounts::Actor by, std::string bytes, std::string language);
  /// podcast::read_transcript() outside the event loop, as it may be megabytes of untrusted text.
  asio::awaitable<Result<TranscriptDocument>> read_transcript(accounts::Actor by, TranscriptType type, std::string bytes,
                                                              std::string language);
  /// None removes the transcript in that language.
  asio::awaitable<Result<Episode>> set_transcript(accounts::Actor by, std::string id, std::string language,
                                                  std::optional<TranscriptDocument> document, std::optional<std::int64_t> revision);
  asio::awaitable<Result<TranscriptDocument>> transcript(std::string id, std::string language);

 private:
  Parts parts_;
};

inline constexpr std::size_t kMaxTranscripts = 50;  ///< languages per episode

}  // namespace carillon::podcast
