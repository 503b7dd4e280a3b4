#pragma once
// Fills the embedded Mustache templates. Every value is escaped but those a template takes with three braces, which must be safe HTML.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::site {

/// What a template is filled with. A text that is empty counts as not there: its section is left out.
struct Values {
  std::map<std::string, std::string, std::less<>> texts;
  std::map<std::string, bool, std::less<>> flags;
  std::map<std::string, std::vector<Values>, std::less<>> lists;
};

enum class Template { layout, start, show, episode, error, welcome, player, subscribe, embed, feed, status };

/// Any thread.
[[nodiscard]] std::string render(Template which, const Values& values);

}  // namespace carillon::site
