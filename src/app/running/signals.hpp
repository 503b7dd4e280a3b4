#pragma once
// Signal handling of long-running commands: the main thread waits for signals and reloads the configuration on SIGHUP.

#include "app/configuration.hpp"

#include <csignal>
#include <functional>

namespace carillon::app {

/// Blocks the signals for stopping and reloading in the whole process, so that no handler interrupts a thread. Call before creating other
/// threads.
[[nodiscard]] sigset_t block_signals();

/// Waits for a stop signal. On SIGHUP, passes the new configuration to `reread`; an invalid one is logged and the old one stays active.
void wait_for_stop(const sigset_t& signals, const std::function<Result<Configuration>()>& read,
                   const std::function<void(Configuration)>& reread);

}  // namespace carillon::app
