#pragma once
// What processing found out about a recording, as sentences and as it is stored.

#include "media/protocol/protocol.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::podcast {

/// A stretch without sound in a master.
using Silence = media::protocol::Silence;

/// See media::protocol::Finding for the kinds and what their amounts are.
using AudioFinding = media::protocol::Finding;

/// A sentence for publishers: "3.2 s of the recording were damaged and are missing."
[[nodiscard]] std::string sentence_of(const AudioFinding& finding);

/// "lost=3.2 mirrored=0", and back. What isn't known is skipped: it was written by a newer version.
[[nodiscard]] std::string findings_text(std::span<const AudioFinding> findings);
[[nodiscard]] std::vector<AudioFinding> findings_from(std::string_view text);

/// Whether nobody would hear anything.
[[nodiscard]] bool is_silent(std::span<const AudioFinding> findings) noexcept;

}  // namespace carillon::podcast
