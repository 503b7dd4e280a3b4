// See kept_calendar.hpp.

#include "certs/keeper/kept_calendar.hpp"

namespace carillon::certs {

Result<std::string> kept_calendar(const Keeper& keeper, Watcher& watcher, const Clock& clock) {
  using incidents::CalendarWhat;
  std::vector<incidents::CalendarEntry> entries;
  for (const auto& status : keeper.list()) {
    if (!status.current) continue;
    const auto& name = status.kept.name;
    entries.push_back({.uid = "expiry-" + name, .name = name, .what = CalendarWhat::expiry, .at = status.current->validity.not_after});
    if (status.next_step_at && status.next_step == Step::due)
      entries.push_back({.uid = "renewal-" + name, .name = name, .what = CalendarWhat::renewal, .at = *status.next_step_at});
  }
  const auto watches = watcher.list();
  if (!watches) return std::unexpected(watches.error());
  for (const auto& watch : *watches) {
    for (const auto& seen : watch.seen) {
      if (seen.not_after)
        entries.push_back({.uid = "expiry-" + watch.subject() + "-" + seen.address,
                           .name = watch.subject(),
                           .what = CalendarWhat::expiry,
                           .at = *seen.not_after});
    }
  }
  return incidents::calendar_of(entries, clock);
}

}  // namespace carillon::certs
