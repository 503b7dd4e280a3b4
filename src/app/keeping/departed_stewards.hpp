#pragma once
// Stewards and deputies who were disabled or deleted: they get no messages any more, so somebody has to hear that they are still in charge.

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
  std::function<incidents::Stewardship()> machine;  ///< of what nobody in particular has
};

/// Opens an incident for each of them, and solves those that are over. Blocks.
void tell_of_departed(const Stewards& stewards);

}  // namespace carillon::app
