#pragma once
// Sets up the server process: file descriptors, no core dumps, and only the privileges it needs.

#include "app/configuration.hpp"
#include "app/data_folder.hpp"

namespace carillon::app {

/// Raises the file descriptor limit, and protects the process memory, which contains keys, from core dumps and debuggers of the same user.
/// Call before creating threads.
void prepare_process();

/// Switches permanently to `[server] user` and `group`; root can't be regained. Creates a missing data folder for that user; an existing
/// one must belong to the user. Does nothing if no user is configured. Call after binding the ports, before creating threads.
Result<> give_up_root(const Configuration& configuration, const DataFolder& folder);

}  // namespace carillon::app
