// See wrong_usage.hpp.

#include "app/command_line/wrong_usage.hpp"

#include "base/text.hpp"

namespace carillon::app {

std::optional<std::string> unknown_command(const CLI::App& app, const std::vector<std::string>& words) {
  const auto* command = &app;
  std::string path = "carillon";
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word.starts_with('-')) {
      // Its value is no command.
      const auto* option = command->get_option_no_throw(word);
      if (!option) option = app.get_option_no_throw(word);
      if (option && option->get_items_expected_max() > 0) ++i;
      continue;
    }
    std::vector<std::string> names;
    const CLI::App* next = nullptr;
    for (const auto* one : command->get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(one->get_name());
      if (names.back() == word) next = one;
    }
    if (names.empty()) return {};  // what follows is no command's name
    if (!next) {
      const std::vector<std::string_view> known(names.begin(), names.end());
      const auto near = nearest(word, known);
      return "“" + word + "” isn't a command of “" + path + "”" +
             (near ? "; did you mean “" + std::string(*near) + "”?" : "; `" + path + " --help` lists them.");
    }
    command = next;
    path += " " + word;
  }
  return {};
}

}  // namespace carillon::app
