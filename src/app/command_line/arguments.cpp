// See arguments.hpp.

#include "app/command_line/arguments.hpp"

#include "base/text.hpp"

#include <limits>

namespace carillon::app {

void add_optional_flag(CLI::App& command, const std::string& names, std::optional<bool>& flag, const std::string& description) {
  command.add_flag_function(names, [&flag](std::int64_t count) { flag = count > 0; }, description);
}

CLI::Validator positive_number() {
  return CLI::Validator(
      [](std::string& text) {
        const auto number = parse_number(text);
        const bool good = number && *number >= 1 && *number <= static_cast<std::uint64_t>(std::numeric_limits<int>::max());
        return good ? std::string{} : std::string{"it must be a whole number of at least 1"};
      },
      "NUMBER");
}

}  // namespace carillon::app
