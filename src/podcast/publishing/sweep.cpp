// The sweep: once a day, what nobody refers to any more leaves the disk.

#include "base/log.hpp"
#include "podcast/publishing/publishing_impl.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/references.hpp"
#include "podcast/store/shows.hpp"
#include "uploads/uploads.hpp"

#include <algorithm>
#include <unordered_set>

namespace carillon::podcast {
namespace {

constexpr std::chrono::hours kBetweenSweeps{24};
/// Media is stored before the database speaks of it: what is younger may be on its way.
constexpr std::chrono::hours kYoung{1};

}  // namespace

Result<> Publishing::Impl::schedule_sweep(Duration from_now) {
  const auto job = database.write_now([&](db::Session& session) {
    return jobs::enqueue(session, clock, random, {.kind = kSweep, .subject = "media", .network = "", .run_at = clock.now() + from_now});
  });
  if (!job) return std::unexpected(job.error());
  return {};
}

Result<> Publishing::Impl::sweep() {
  // Files first, references after: what gets a reference in between is not taken for forgotten.
  std::vector<std::pair<Digest, ByteCount>> old;
  const auto now = clock.now();
  if (auto swept = uploads::Uploads::sweep(database, media, now); !swept) return swept;
  const auto listed = media.each([&](const Digest& digest, ByteCount length, std::chrono::system_clock::time_point stored) {
    if (now - std::chrono::time_point_cast<Duration>(stored) > kYoung) old.emplace_back(digest, length);
  });
  if (!listed) return listed;
  const auto referenced = database.write_now([&](db::Session& session) -> Result<std::vector<Digest>> {
    queries::remove_episodes_deleted_before(session, now - kTrashKept);
    queries::remove_shows_deleted_before(session, now - kTrashKept);
    return blob::referenced_media(session, references);
  });
  if (!referenced) return std::unexpected(referenced.error());
  const std::unordered_set<Digest> kept(referenced->begin(), referenced->end());
  std::size_t removed = 0;
  ByteCount freed;
  for (const auto& [digest, length] : old) {
    if (kept.contains(digest)) continue;
    // Whoever stored the same bytes again since they were listed is about to refer to them.
    const auto gone = media.remove(digest, now - kYoung);
    if (!gone) return std::unexpected(gone.error());
    if (!*gone) continue;
    ++removed;
    freed += length;
  }
  if (removed > 0) log::info("media nobody refers to removed", {{"files", removed}, {"bytes", freed.value}});
  return schedule_sweep(kBetweenSweeps);
}

}  // namespace carillon::podcast
