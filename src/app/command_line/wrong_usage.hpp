#pragma once
// What to say to somebody who mistyped a command or an option, or asks for help.

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

namespace carillon::app {

/// A sentence about the first word where a command has to stand and none of that name is; none when every command is known.
[[nodiscard]] std::optional<std::string> unknown_command(const CLI::App& app, const std::vector<std::string>& words);

/// The same about the first option that neither its command nor those before it have.
[[nodiscard]] std::optional<std::string> unknown_option(const CLI::App& app, const std::vector<std::string>& words);

/// “help show create” is “show create --help”.
[[nodiscard]] std::vector<std::string> without_help_command(std::vector<std::string> words);

}  // namespace carillon::app
