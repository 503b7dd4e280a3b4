#pragma once
// `carillon serve`: puts the parts together and runs them until a signal says stop.

#include "app/configuration.hpp"
#include "app/data_folder.hpp"

namespace carillon::app {

struct ServeOptions {
  DataFolder data;
  std::optional<std::filesystem::path> configuration;
  Overrides overrides;
  std::filesystem::path media_program;  ///< carillon-media
};

/// Runs until SIGTERM or SIGINT and drains; SIGHUP re-reads the configuration. Returns the exit status; what went wrong at the start is an
/// Error. Call from the main thread before any other thread is made: it blocks the signals for all of them.
Result<int> serve(ServeOptions options);

}  // namespace carillon::app
