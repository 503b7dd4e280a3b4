// See templates.hpp. The only file that includes kainjow's header.

#include "site/pages/templates.hpp"

#include <kainjow/mustache.hpp>

#include <stdexcept>

namespace carillon::site {
namespace embedded {

extern const std::string_view layout_mustache;
extern const std::string_view start_mustache;
extern const std::string_view show_mustache;
extern const std::string_view episode_mustache;
extern const std::string_view error_mustache;
extern const std::string_view welcome_mustache;
extern const std::string_view player_mustache;
extern const std::string_view subscribe_mustache;
extern const std::string_view embed_mustache;
extern const std::string_view feed_mustache;
extern const std::string_view status_mustache;

}  // namespace embedded

namespace {

using kainjow::mustache::data;

data data_of(const Values& values) {
  data result;
  // Empty texts are set to false rather than left out: a name that is missing would be looked for in the surrounding section.
  for (const auto& [name, text] : values.texts) result.set(name, text.empty() ? data{false} : data{text});
  for (const auto& [name, flag] : values.flags) result.set(name, data{flag});
  for (const auto& [name, items] : values.lists) {
    data list{data::type::list};
    for (const auto& item : items) list.push_back(data_of(item));
    result.set(name, list);
  }
  return result;
}

std::string_view source_of(Template which) {
  switch (which) {
    case Template::layout:
      return embedded::layout_mustache;
    case Template::start:
      return embedded::start_mustache;
    case Template::show:
      return embedded::show_mustache;
    case Template::episode:
      return embedded::episode_mustache;
    case Template::error:
      return embedded::error_mustache;
    case Template::welcome:
      return embedded::welcome_mustache;
    case Template::player:
      return embedded::player_mustache;
    case Template::subscribe:
      return embedded::subscribe_mustache;
    case Template::embed:
      return embedded::embed_mustache;
    case Template::feed:
      return embedded::feed_mustache;
    case Template::status:
      return embedded::status_mustache;
  }
  return {};
}

}  // namespace

std::string render(Template which, const Values& values) {
  // Parsed once per thread: rendering changes the parsed template's own state.
  thread_local std::map<Template, kainjow::mustache::mustache> parsed;
  auto found = parsed.find(which);
  if (found == parsed.end()) found = parsed.try_emplace(which, std::string{source_of(which)}).first;
  auto result = found->second.render(data_of(values));
  if (!found->second.is_valid()) throw std::logic_error{"a site template can't be parsed: " + found->second.error_message()};
  return result;
}

}  // namespace carillon::site
