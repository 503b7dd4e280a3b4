#pragma once
// The owners of shows, episodes, jobs and uploads.

#include "api/core/gate.hpp"

namespace carillon::api {

/// For the gate: all kinds of resources in the routes of this API.
[[nodiscard]] Owners podcast_owners();

}  // namespace carillon::api
