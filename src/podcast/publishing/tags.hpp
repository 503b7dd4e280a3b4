#pragma once
// The tag before the frames of an episode's master, created once and never changed, so that everyone gets the same file.

#include "blob/store.hpp"
#include "db/database.hpp"
#include "jobs/workers.hpp"
#include "podcast/model/addresses.hpp"
#include "podcast/model/show.hpp"

namespace carillon::podcast {

struct EpisodeInItsShow {
  Show show;
  Episode episode;
  /// Whether the tag of `other` would have the same content.
  [[nodiscard]] bool unchanged_since(const EpisodeInItsShow& other) const noexcept {
    return episode.revision == other.episode.revision && show.revision == other.show.revision;
  }
};
/// In the caller's transaction; not for the trash.
Result<EpisodeInItsShow> episode_in_its_show(db::Session& session, const std::string& id);

/// Whether the tag of an episode is still recreated after edits: it is scheduled and was never published.
[[nodiscard]] inline bool follows_edits(const Episode& episode) noexcept {
  return episode.state == EpisodeState::scheduled && !episode.published && episode.master.has_value();
}

/// How often creating a tag is repeated because the episode was edited meanwhile. Only a program edits that fast, and it must not block a
/// thread indefinitely.
inline constexpr int kMaxFreezeAttempts = 5;

/// Any thread.
class Tags {
 public:
  Tags(db::Database& database, blob::Store& media, jobs::Workers& disk, const Clock& clock, Addresses addresses)
      : database_{database}, media_{media}, disk_{disk}, clock_{clock}, addresses_{std::move(addresses)} {}

  /// The permanent prefix and digest of `episode` with its current master. Blocks.
  Result<Frozen> freeze(const Show& show, const Episode& episode, Time published);
  /// Until it is first published, an episode's tag follows its edits. An edit of a scheduled episode drops its tag in its transaction; this
  /// recreates it. The publishing job does so, too, if it is still missing. None if there is nothing to do. Blocks.
  Result<std::optional<Frozen>> freeze_again(const std::string& id);
  /// freeze_again() after the edit is committed; failures are logged and left to that job.
  asio::awaitable<void> freeze_edited(Episode& episode);

 private:
  db::Database& database_;
  blob::Store& media_;
  jobs::Workers& disk_;
  const Clock& clock_;
  Addresses addresses_;
};

}  // namespace carillon::podcast
