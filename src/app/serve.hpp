#pragma once
// `carillon serve`: puts the parts together and runs them until a stop signal.

#include "app/configuration.hpp"
#include "app/data_folder.hpp"

namespace carillon::app {

struct ServeOptions {
  DataFolder data;
  std::optional<std::filesystem::path> configuration;
  Overrides overrides;
  std::filesystem::path media_program;  ///< carillon-media
};

/// Runs until SIGTERM or SIGINT, then drains connections; SIGHUP reloads the configuration. Returns the exit status, or an Error if startup
/// failed. Call from the main thread before creating other threads: it blocks the signals for all of them.
Result<int> serve(ServeOptions options);

}  // namespace carillon::app
