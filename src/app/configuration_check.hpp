#pragma once
// Whether a configuration can be used, beyond what each key alone must look like.

#include "app/configuration.hpp"

namespace carillon::app {

/// `invalid` with one sentence: which key, where it was given, what to write. People's addresses get small letters, as everywhere else.
[[nodiscard]] Result<> check(Configuration& configuration);

}  // namespace carillon::app
