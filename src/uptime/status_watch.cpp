// See status_watch.hpp.

#include "uptime/status_watch.hpp"

#include "base/log.hpp"
#include "incidents/incidents.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace carillon::uptime {
namespace {

constexpr int kLatestEpisodes = 3;
/// An episode of an hour, roughly: where less fits, nobody can publish.
constexpr ByteCount kRoomForAnEpisode{64ULL << 20};

}  // namespace

StatusWatch::StatusWatch(Parts parts) : parts_{std::move(parts)}, opened_{database_file()} {}

std::optional<StatusWatch::File> StatusWatch::database_file() const {
  struct stat found{};
  if (::stat(parts_.database_file.c_str(), &found) != 0) return {};
  return File{found.st_dev, found.st_ino};
}

StatusWatch::Finding StatusWatch::publishing() {
  // SQLite goes on writing to a file that was moved away; what is written there is lost with the next start.
  const auto file = database_file();
  auto wrote = file && file == opened_ ? parts_.database.write_now([](db::Session& session) -> Result<> {
    queries::write_something(session);
    return {};
  })
                                       : Result<>{fail(ErrorKind::unavailable, "The database file is missing.")};
  if (!wrote) return {{Condition::fails, "Nothing new can be saved at the moment."}, std::move(wrote.error().message)};
  if (auto room = parts_.media.check_space(kRoomForAnEpisode); !room)
    return {{Condition::limited, "Text can be edited, but there is no space for new recordings at the moment."},
            std::move(room.error().message)};
  return {{Condition::works, "Episodes can be uploaded, edited and published."}};
}

bool StatusWatch::read_what_is_known() {
  const auto now = parts_.clock.now();
  const auto read = parts_.database.read_now([&](db::Session& session) -> Result<> {
    auto seen = public_incidents(incidents::all_incidents(session, true), parts_.own_names, now);
    auto latest = queries::media_of_latest(session, kLatestEpisodes);
    const auto first = queries::first_start(session);
    incidents_ = std::move(seen);
    latest_ = std::move(latest);
    measured_since_ = first;
    incidents_known_ = now;
    return {};
  });
  return read.has_value();
}

StatusWatch::Finding StatusWatch::downloads(bool database_reads) const {
  const auto lasts = [this](Condition condition) {
    return std::ranges::any_of(incidents_, [&](const auto& one) { return !one.ended && one.downloads == condition; });
  };
  if (lasts(Condition::fails)) return {{Condition::fails, "Apps and browsers refuse to connect."}, "one of our certificates isn't valid"};
  for (const auto& [digest, length] : latest_) {
    auto file = parts_.media.open(digest);
    if (file && file->length() != length)
      file = fail(ErrorKind::corrupt, "The file " + digest.hex() + " has changed in size since it was stored.");
    if (!file) return {{Condition::fails, "Recordings can't be read at the moment."}, std::move(file.error().message)};
  }
  if (!database_reads)
    return {{Condition::limited, "Recently requested episodes are served; others may not be found at the moment."},
            "the database can't be read"};
  if (lasts(Condition::limited))
    return {{Condition::limited, "Some apps may not be able to connect."}, "one of our certificates isn't served everywhere"};
  return {{Condition::works, "Feeds, episodes and pages are served."}};
}

void StatusWatch::note(std::string_view part, Finding& now, Finding& before) const {
  if (now.status.condition != Condition::works)
    now.status.since = before.status.condition == Condition::works ? parts_.clock.now() : before.status.since;
  if (now.reason != before.reason) {
    if (now.reason.empty())
      log::info("part of the site works again", {{"what", part}});
    else
      log::error("part of the site isn't working properly", {{"what", part}, {"reason", now.reason}});
  }
  before = now;
}

void StatusWatch::look() {
  auto publishing_now = publishing();
  auto downloads_now = downloads(read_what_is_known());
  note("publishing", publishing_now, publishing_);
  note("downloads", downloads_now, downloads_);
  parts_.board.put({.looked = parts_.clock.now(),
                    .downloads = downloads_now.status,
                    .publishing = publishing_now.status,
                    .incidents = incidents_,
                    .incidents_known = incidents_known_,
                    .measured_since = measured_since_});
}

}  // namespace carillon::uptime
