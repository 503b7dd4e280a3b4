#pragma once
// How commands read passphrases: never as an argument, which every process on the machine could read.

#include "base/result.hpp"

#include <string>

namespace carillon::app {

/// The first line of a file, or of standard input for "-". Blocks.
[[nodiscard]] Result<std::string> read_passphrase(const std::string& path);
/// Asks on the terminal without showing the input; `invalid` if there is no terminal. Blocks.
[[nodiscard]] Result<std::string> ask_passphrase();

}  // namespace carillon::app
