// The sweep: once a day, what nobody refers to any more leaves the disk.

#include "base/log.hpp"
#include "podcast/production/production.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/former.hpp"
#include "podcast/store/kept_audio.hpp"
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
/// Read at once.
constexpr std::size_t kShowsAtOnce = 500;
/// Of one sweep. Only episodes from before their lengths were stored need it.
constexpr std::size_t kMaxMeasured = 10'000;

}  // namespace

Result<> Production::schedule_sweep(Duration from_now) {
  const auto job = parts_.database.write_now([&](db::Session& session) {
    return jobs::enqueue(session, parts_.clock, parts_.random,
                         {.kind = kSweepJob, .subject = "media", .network = "", .run_at = parts_.clock.now() + from_now});
  });
  if (!job) return std::unexpected(job.error());
  return {};
}

Result<> Production::sweep_originals(Time now) {
  std::size_t dropped = 0;
  for (std::string after;;) {
    // A transaction for each page: writers wait for one another.
    struct Page {
      std::string last;  ///< slug; "" if there are no more
      std::size_t dropped = 0;
    };
    const auto page = parts_.database.write_now([&](db::Session& session) -> Result<Page> {
      Page done;
      const auto shows = queries::shows(session, {}, after, kShowsAtOnce);
      for (const auto& show : shows) {
        const int days = show.audio.keep_originals.value_or(parts_.keep_originals);
        if (days > 0) done.dropped += queries::drop_originals(session, show.id, now - std::chrono::days{days}, now);
      }
      if (shows.size() == kShowsAtOnce) done.last = shows.back().slug;
      return done;
    });
    if (!page) return std::unexpected(page.error());
    dropped += page->dropped;
    after = page->last;
    if (after.empty()) break;
  }
  if (dropped > 0) log::info("originals deleted", {{"files", dropped}});
  const auto unknown = parts_.database.read_now(
      [](db::Session& session) -> Result<std::vector<Digest>> { return queries::originals_without_length(session, kMaxMeasured); });
  if (!unknown) return std::unexpected(unknown.error());
  for (const auto& digest : *unknown) {
    const auto file = parts_.media.open(digest);
    if (!file) continue;
    const auto noted = parts_.database.write_now([&](db::Session& session) -> Result<> {
      queries::set_original_length(session, digest, file->length());
      return {};
    });
    if (!noted) return noted;
  }
  return {};
}

Result<> Production::sweep() {
  // Files first, references after: what gets a reference in between is not taken for forgotten.
  std::vector<std::pair<Digest, ByteCount>> old;
  const auto now = parts_.clock.now();
  if (auto swept = uploads::Uploads::sweep(parts_.database, parts_.media, now); !swept) return swept;
  const auto listed = parts_.media.each([&](const Digest& digest, ByteCount length, std::chrono::system_clock::time_point stored) {
    if (now - std::chrono::time_point_cast<Duration>(stored) > kYoung) old.emplace_back(digest, length);
  });
  if (!listed) return listed;
  if (auto swept = sweep_originals(now); !swept) return swept;
  const auto referenced = parts_.database.write_now([&](db::Session& session) -> Result<std::vector<Digest>> {
    queries::drop_expired(session, now);
    queries::remember_gone(session, now - kTrashKept);
    queries::remove_episodes_deleted_before(session, now - kTrashKept);
    queries::remove_shows_deleted_before(session, now - kTrashKept);
    return blob::referenced_media(session, parts_.references);
  });
  if (!referenced) return std::unexpected(referenced.error());
  const std::unordered_set<Digest> kept(referenced->begin(), referenced->end());
  std::size_t removed = 0;
  ByteCount freed;
  for (const auto& [digest, length] : old) {
    if (kept.contains(digest)) continue;
    // Whoever stored the same bytes again since they were listed is about to refer to them.
    const auto gone = parts_.media.remove(digest, now - kYoung);
    if (!gone) return std::unexpected(gone.error());
    if (!*gone) continue;
    ++removed;
    freed += length;
  }
  if (removed > 0) log::info("unused media deleted", {{"files", removed}, {"bytes", freed.value}});
  return schedule_sweep(kBetweenSweeps);
}

}  // namespace carillon::podcast
