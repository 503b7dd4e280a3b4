#pragma once
// Passphrases as people give them to a command: never as an argument, which every process of the machine can read.

#include "base/result.hpp"

#include <string>

namespace carillon::app {

/// The first line of a file, or of standard input for "-". Blocks.
[[nodiscard]] Result<std::string> read_passphrase(const std::string& path);
/// Asks on the terminal without showing what is typed; `invalid` where there is none. Blocks.
[[nodiscard]] Result<std::string> ask_passphrase();

}  // namespace carillon::app
