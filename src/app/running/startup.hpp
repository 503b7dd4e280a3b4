#pragma once
// The first steps of `serve` and `guard`: signals, configuration, ports, privileges, and locking the data folder.

#include "app/running/listeners.hpp"
#include "app/running/signals.hpp"
#include "app/serve.hpp"

namespace carillon::app {

/// From the main thread, before creating other threads.
struct Startup {
  sigset_t signals;
  std::function<Result<Configuration>()> read;  ///< reads the current configuration
  Configuration configuration;
  Ports ports;
  FolderLock lock;                         ///< holds the data folder, or this node's part of it
  std::optional<FileDescriptor> starting;  ///< held until this process serves, so that no other node of the folder starts meanwhile

  /// Binds the ports before dropping root, and opens the data folder after that. Warns of files that others can read. Sets `options.data`
  /// if this node shares its data folder.
  [[nodiscard]] static Result<Startup> begin(ServeOptions& options);
};

}  // namespace carillon::app
