#pragma once
// Code shared by `publish` and `episode`.

#include "app/commands/commands.hpp"
#include "app/control.hpp"

#include <boost/json/object.hpp>

namespace carillon::app {

/// The specified fields as a document for the API; reads the notes file.
[[nodiscard]] Result<boost::json::object> document_of(const EpisodeFields& fields);
/// "?fit=crop", or "".
[[nodiscard]] std::string fit_query(const std::optional<std::string>& fit);
/// Uploads an image as the episode's cover; returns the episode.
[[nodiscard]] Result<boost::json::object> set_cover(Control& control, const std::string& id, const EpisodeFields& fields);
void print_episode(const Context& context, const boost::json::object& episode);

}  // namespace carillon::app
