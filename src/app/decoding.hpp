#pragma once
// Whether this machine can process recordings.

#include "audio/media_program.hpp"

namespace carillon::app {

/// Encodes a test master, so that problems are logged before the first publisher uploads a recording. Blocks.
[[nodiscard]] Result<std::vector<audio::ConfinementLayer>> try_decoding(const std::filesystem::path& program);

}  // namespace carillon::app
