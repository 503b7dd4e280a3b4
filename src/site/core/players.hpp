#pragma once
// How a player that is embedded in somebody else's page says so when it asks for audio.

#include <string_view>

namespace carillon::site {

/// “/e/EPISODE/FILE.mp3?player=embed”.
inline constexpr std::string_view kPlayerParameter = "player";
inline constexpr std::string_view kEmbeddedPlayer = "embed";

}  // namespace carillon::site
