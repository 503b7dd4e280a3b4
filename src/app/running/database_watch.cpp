// See database_watch.hpp.

#include "app/running/database_watch.hpp"

#include "base/log.hpp"

namespace carillon::app {
namespace {

constexpr const char* kDatabaseDamaged = "database-damaged";

}  // namespace

void check_database(db::Database& database, const std::filesystem::path& file, incidents::Incidents& incidents) {
  const auto checked = db::Database::check(file);
  if (!checked && checked.error().kind != ErrorKind::corrupt) {
    log::warning("the database could not be checked", {{"reason", checked.error().message}});
    return;
  }
  const auto subject = file.filename().string();
  if (!checked) log::error("the database is damaged", {{"file", file.string()}, {"reason", checked.error().message}});
  const auto noted = database.write_now([&](db::Session& session) -> Result<> {
    if (checked) return incidents.solve(session, kDatabaseDamaged, subject, "A complete check found no damage.");
    auto reported = incidents.report(
        session, {.kind = kDatabaseDamaged,
                  .subject = subject,
                  .in_charge = {},
                  .what = checked.error().message,
                  .consequence = "Content in memory is still served. Changes, requests for other episodes and the next start may fail.",
                  .remedy = "Check the disk, then restore the newest backup: carillon restore BACKUP --data NEW-FOLDER",
                  .noticed_at = {}});
    if (!reported) return forward_error(reported);
    return {};
  });
  if (!noted) log::error("the incident about the database could not be opened or resolved", {{"reason", noted.error().message}});
}

void add_database_checks(Rounds& rounds, db::Database& database, const std::filesystem::path& file, incidents::Incidents& incidents,
                         const Clock& clock, jobs::Turn turn) {
  rounds.add(clock, kDatabaseCheckInterval, std::move(turn),
             [&database, file, &incidents, &clock, begun = false]() mutable -> std::optional<Time> {
               if (!std::exchange(begun, true)) return clock.now() + kDatabaseCheckDelay;
               check_database(database, file, incidents);
               return clock.now() + kDatabaseCheckInterval;
             });
}

}  // namespace carillon::app
