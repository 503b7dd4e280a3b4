#pragma once
// Runs other programs.

#include "base/result.hpp"

#include <chrono>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace carillon {

struct Command {
  std::vector<std::string> command;                              ///< the program and its arguments; no shell is involved
  std::vector<std::pair<std::string, std::string>> environment;  ///< added to ours; the same name replaces ours
  std::chrono::seconds within{60};
  std::stop_token stop{};
  bool end_group = false;  ///< once the program has ended, kill what it has left running
};

/// Runs a program until it ends, or kills it with everything it started after `within` or when `stop` is requested. That includes processes
/// in other groups and sessions, which are recognized by a variable in their environment (CARILLON_COMMAND). Returns the last 2048 bytes of
/// its output and error output. `unavailable`, with its status and that output, if it failed. Blocks.
[[nodiscard]] Result<std::string> run_command(const Command& command);

}  // namespace carillon
