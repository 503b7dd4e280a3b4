#pragma once
// What `publish` and `episode` share.

#include "app/commands/commands.hpp"
#include "app/control.hpp"

#include <boost/json/object.hpp>

namespace carillon::app {

/// The fields that were given, as the API takes them; reads the notes file.
[[nodiscard]] Result<boost::json::object> document_of(const EpisodeFields& fields);
/// Uploads the picture and makes it the episode's own cover; answers the episode.
[[nodiscard]] Result<boost::json::object> set_cover(Control& control, const std::string& id, const std::filesystem::path& image);
void print_episode(const Context& context, const boost::json::object& episode);

}  // namespace carillon::app
