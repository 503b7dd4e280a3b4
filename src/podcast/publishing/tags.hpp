#pragma once
// What stands before the frames of an episode's master: its tag, made once and kept for ever, so that everybody gets the same file.

#include "blob/store.hpp"
#include "db/database.hpp"
#include "jobs/workers.hpp"
#include "podcast/model/addresses.hpp"
#include "podcast/model/show.hpp"

namespace carillon::podcast {

struct EpisodeInItsShow {
  Show show;
  Episode episode;
  /// Whether a tag made of `other` says what one made of this would.
  [[nodiscard]] bool unchanged_since(const EpisodeInItsShow& other) const noexcept {
    return episode.revision == other.episode.revision && show.revision == other.show.revision;
  }
};
/// Within the caller's transaction; of what is not in the trash.
Result<EpisodeInItsShow> episode_in_its_show(db::Session& session, const std::string& id);

/// Whether the tag of an episode is still made anew after its edits: it waits for its date and was never out.
[[nodiscard]] inline bool follows_edits(const Episode& episode) noexcept {
  return episode.state == EpisodeState::scheduled && !episode.published && episode.master.has_value();
}

/// So often a tag is made again because the episode was edited while it was made. Only a program edits that fast, and it must not hold a
/// thread for as long as it likes.
inline constexpr int kMaxFreezeAttempts = 5;

/// Any thread.
class Tags {
 public:
  Tags(db::Database& database, blob::Store& media, jobs::Workers& disk, const Clock& clock, Addresses addresses)
      : database_{database}, media_{media}, disk_{disk}, clock_{clock}, addresses_{std::move(addresses)} {}

  /// The prefix and digest that `episode` will have for ever with its present master. Blocks.
  Result<Frozen> freeze(const Show& show, const Episode& episode, Time published);
  /// Until it is out for the first time an episode's tag follows its edits. An edit of a scheduled one drops its tag within its
  /// transaction; this makes it anew, and the job that publishes it does so, too, should it still be missing then. None when there is
  /// nothing to do. Blocks.
  Result<std::optional<Frozen>> freeze_again(const std::string& id);
  /// freeze_again() after the edit is committed: a failure is logged, and left to that job.
  asio::awaitable<void> freeze_edited(Episode& episode);

 private:
  db::Database& database_;
  blob::Store& media_;
  jobs::Workers& disk_;
  const Clock& clock_;
  Addresses addresses_;
};

}  // namespace carillon::podcast
