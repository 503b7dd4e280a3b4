#pragma once
// What `publish` and `episode` share.

#include "app/commands/commands.hpp"

#include <boost/json/object.hpp>

namespace carillon::app {

/// The fields that were given, as the API takes them; reads the notes file.
[[nodiscard]] Result<boost::json::object> document_of(const EpisodeFields& fields);
void print_episode(const Context& context, const boost::json::object& episode);

}  // namespace carillon::app
