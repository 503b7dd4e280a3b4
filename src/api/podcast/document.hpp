#pragma once
// JSON documents for shows and episodes, and for edits of them.

#include "api/core/job_document.hpp"
#include "api/core/object_reader.hpp"
#include "podcast/model/addresses.hpp"
#include "podcast/publishing/edits.hpp"

#include <boost/json/object.hpp>

namespace carillon::api {

[[nodiscard]] boost::json::object document_of(const podcast::Show& show, const podcast::Addresses& addresses);
[[nodiscard]] boost::json::object document_of(const podcast::Episode& episode, const podcast::Show& show,
                                              const podcast::Addresses& addresses);

/// The edits in a document; unknown fields are rejected by name.
[[nodiscard]] Result<podcast::EpisodeEdit> episode_edit_from(ObjectReader& reader);
[[nodiscard]] Result<podcast::ShowEdit> show_edit_from(ObjectReader& reader);

}  // namespace carillon::api
