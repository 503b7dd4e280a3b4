#pragma once
// Stewards and deputies whose accounts were disabled or deleted: they no longer get messages, so someone must be notified that they are
// still responsible.

#include "certs/keeper/keeper.hpp"
#include "certs/watch/watcher.hpp"
#include "incidents/incidents.hpp"

#include <functional>

namespace carillon::app {

inline constexpr const char* kStewardDeparted = "steward-departed";

struct Stewards {
  db::Database& database;  ///< with people
  incidents::Incidents& incidents;
  certs::Keeper& keeper;
  certs::Watcher& watcher;
  std::function<incidents::Stewardship()> machine;  ///< the default steward and deputy
};

/// Opens an incident for each of them, and resolves those that no longer apply. Blocks.
void tell_of_departed(const Stewards& stewards);

}  // namespace carillon::app
