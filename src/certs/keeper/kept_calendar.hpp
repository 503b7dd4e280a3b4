#pragma once
// A calendar of every renewal and expiry of managed and watched certificates.

#include "certs/keeper/keeper.hpp"
#include "certs/watch/watcher.hpp"
#include "incidents/calendar.hpp"

namespace carillon::certs {

/// iCalendar text. Any thread; blocks.
[[nodiscard]] Result<std::string> kept_calendar(const Keeper& keeper, Watcher& watcher, const Clock& clock);

}  // namespace carillon::certs
