#pragma once
// Whose shows, episodes, jobs and uploads are.

#include "api/core/gate.hpp"

namespace carillon::api {

/// For the gate: every kind that the routes of this surface name.
[[nodiscard]] Owners podcast_owners();

}  // namespace carillon::api
