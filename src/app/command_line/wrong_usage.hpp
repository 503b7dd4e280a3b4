#pragma once
// What to say to somebody who mistyped a command.

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

namespace carillon::app {

/// A sentence about the first word where a command has to stand and none of that name is; none when every command is known.
[[nodiscard]] std::optional<std::string> unknown_command(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace carillon::app
