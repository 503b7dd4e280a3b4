#pragma once
// What every long-running command does: signals taken by the main thread, the configuration read again on SIGHUP.

#include "app/configuration.hpp"

#include <csignal>
#include <functional>

namespace carillon::app {

/// Blocks the signals that end or reload, for the whole process: no handler interrupts anybody. Call before any other thread is made.
[[nodiscard]] sigset_t block_signals();

/// Waits until the process is told to stop. On SIGHUP `reread` gets the new configuration; one that is wrong is logged and the old one
/// stays.
void wait_for_stop(const sigset_t& signals, const std::function<Result<Configuration>()>& read,
                   const std::function<void(Configuration)>& reread);

}  // namespace carillon::app
