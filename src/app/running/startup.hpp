#pragma once
// What `serve` and `guard` do before they make anything: signals, configuration, ports, rights, and the data folder for them alone.

#include "app/running/listeners.hpp"
#include "app/running/signals.hpp"
#include "app/serve.hpp"

namespace carillon::app {

/// From the main thread, before any other is made.
struct Startup {
  sigset_t signals;
  std::function<Result<Configuration>()> read;  ///< the configuration as it is now
  Configuration configuration;
  Ports ports;
  FolderLock lock;                         ///< holds the data folder, or this node's part of it
  std::optional<FileDescriptor> starting;  ///< held until this process serves: no other node of the folder starts meanwhile

  /// Who gives up root takes the ports before that, and the data folder after it. Files that others may read are warned of. A node that
  /// shares its data folder with others is noted in `options.data`.
  [[nodiscard]] static Result<Startup> begin(ServeOptions& options);
};

}  // namespace carillon::app
