#pragma once
// What a serving process asks of the machine for itself: descriptors, no core dumps, and no more rights than it needs.

#include "app/configuration.hpp"
#include "app/data_folder.hpp"

namespace carillon::app {

/// Raises the limit of descriptors, and keeps the process's memory, which holds keys, out of core dumps and of debuggers of its own user.
/// Call before threads are made.
void prepare_process();

/// Becomes `[server] user` and `group`, for good: nothing later gets root back. The data folder is made for that user where it is missing;
/// one that is there must be the user's. Without a user in the configuration nothing happens. Call before threads are made, with the ports
/// bound.
Result<> give_up_root(const Configuration& configuration, const DataFolder& folder);

}  // namespace carillon::app
