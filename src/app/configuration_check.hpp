#pragma once
// Checks of a configuration beyond the format of each key.

#include "app/configuration.hpp"

namespace carillon::app {

/// `invalid` with one sentence: the key, where it was set, what to write. Converts email addresses to lower case, as everywhere else.
[[nodiscard]] Result<> check(Configuration& configuration);

}  // namespace carillon::app
