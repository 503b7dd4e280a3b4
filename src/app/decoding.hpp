#pragma once
// Whether this machine can take recordings.

#include "audio/media_program.hpp"

namespace carillon::app {

/// Makes a master once, so that what is wrong or missing is known, and logged, before the first publisher comes. Blocks.
[[nodiscard]] Result<std::vector<audio::ConfinementLayer>> try_decoding(const std::filesystem::path& program);

}  // namespace carillon::app
