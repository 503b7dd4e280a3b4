#pragma once
// What the machine itself says of how it is: space, jobs, streams; for its operators.

#include "base/time.hpp"

#include <filesystem>
#include <string>

namespace carillon::api {

class EventBus;

/// What GET /health is about.
struct Machine {
  std::string version;
  Time started;
  std::filesystem::path data;      ///< whose disk it is
  std::filesystem::path database;  ///< SQLite's file; what it has not taken over yet lies beside it
  const EventBus& events;
};

}  // namespace carillon::api
