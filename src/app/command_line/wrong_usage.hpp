#pragma once
// Messages for mistyped commands and options, and the “help” command.

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

namespace carillon::app {

/// A message about the first word that should be a command but isn't; none if all commands are known.
[[nodiscard]] std::optional<std::string> unknown_command(const CLI::App& app, const std::vector<std::string>& words);

/// The same about the first option that neither its command nor the parent commands have.
[[nodiscard]] std::optional<std::string> unknown_option(const CLI::App& app, const std::vector<std::string>& words);

/// A message about an argument of the chosen command that is empty, e.g. from an unset variable in a script; none if there is none.
[[nodiscard]] std::optional<std::string> empty_argument(const CLI::App& app);

/// “help show create” is “show create --help”.
[[nodiscard]] std::vector<std::string> without_help_command(std::vector<std::string> words);

}  // namespace carillon::app
