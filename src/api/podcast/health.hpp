#pragma once
// What the machine itself says of how it is: space, jobs, streams; for its operators.

#include "audio/media_program.hpp"
#include "base/time.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace carillon::api {

/// What GET /health is about.
struct Machine {
  std::string version;
  Time started;
  std::filesystem::path data;                             ///< whose disk it is
  std::filesystem::path database;                         ///< SQLite's file; what it has not taken over yet lies beside it
  std::function<std::size_t()> streams;                   ///< of events that are open
  Result<std::vector<audio::ConfinementLayer>> decoding;  ///< what confined a trial at the start, or why none was possible
};

}  // namespace carillon::api
