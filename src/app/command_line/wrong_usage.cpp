// See wrong_usage.hpp.

#include "app/command_line/wrong_usage.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace carillon::app {

std::optional<std::string> unknown_command(const CLI::App& app, const std::vector<std::string>& words) {
  const auto* command = &app;
  std::string path = "carillon";
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word.starts_with('-')) {
      const auto name = word.substr(0, word.find('='));
      const auto* option = command->get_option_no_throw(name);
      if (!option) option = app.get_option_no_throw(name);
      // What follows may be the value that was meant for it.
      if (!option) return {};
      // Its value is no command.
      if (name == word && option->get_items_expected_max() > 0) ++i;
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
      return "“" + word + "” isn't a valid command for “" + path + "”" +
             (near ? "; did you mean “" + std::string(*near) + "”?" : "; `" + path + " --help` lists the commands.");
    }
    command = next;
    path += " " + word;
  }
  return {};
}

std::optional<std::string> unknown_option(const CLI::App& app, const std::vector<std::string>& words) {
  std::vector<const CLI::App*> commands{&app};
  std::string path = "carillon";
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word == "--") return {};
    if (!word.starts_with('-') || word == "-") {
      // A command's name, or a value of one that was named already.
      for (const auto* one : commands.back()->get_subcommands([](const CLI::App*) { return true; })) {
        if (one->get_name() != word) continue;
        commands.push_back(one);
        path += " " + word;
        break;
      }
      continue;
    }
    const auto name = word.substr(0, word.find('='));
    const CLI::Option* option = nullptr;
    // Options of the commands before hold for those behind, too.
    for (const auto* command : commands) {
      if (const auto* found = command->get_option_no_throw(name)) option = found;
    }
    if (option) {
      if (name == word && option->get_items_expected_max() > 0) ++i;
      continue;
    }
    std::vector<std::string> names;
    for (const auto* command : commands) {
      for (const auto* one : command->get_options()) {
        for (const auto& known : one->get_lnames()) names.push_back("--" + known);
      }
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    const auto near = nearest(name, known);
    return "“" + name + "” isn't an option of “" + path + "”" +
           (near ? "; did you mean “" + std::string(*near) + "”?" : "; `" + path + " --help` lists the options.");
  }
  return {};
}

std::optional<std::string> empty_argument(const CLI::App& app) {
  std::string path = "carillon";
  for (const auto* command = &app; command != nullptr;) {
    const auto chosen = command->get_subcommands();
    command = chosen.empty() ? nullptr : chosen.front();
    if (!command) break;
    path += " " + command->get_name();
    for (const auto* option : command->get_options()) {
      if (!option->get_positional()) continue;
      const auto& given = option->results();
      if (std::ranges::any_of(given, [](const std::string& one) { return trimmed(one).empty(); }))
        return option->get_name(true) + " is empty; `" + path + " --help` explains it.";
    }
  }
  return {};
}

std::vector<std::string> without_help_command(std::vector<std::string> words) {
  // “help” stands where the command's name would: behind options alone.
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i].starts_with('-')) {
      // All that may stand before a command but these have a value.
      const bool is_flag = words[i] == "--json" || words[i] == "--help" || words[i] == "-h" || words[i].contains('=');
      if (!is_flag) ++i;
      continue;
    }
    if (words[i] != "help") return words;
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(i));
    words.emplace_back("--help");
    return words;
  }
  return words;
}

}  // namespace carillon::app
