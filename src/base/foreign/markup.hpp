#pragma once
// Escapes for text formats that read fewer characters than HTML (text.hpp: escaped_markup).

#include <string>
#include <string_view>

namespace carillon {

/// &, < and > escaped, and nothing else: for Slack (“Escaping text”) and WebVTT (§4.2.2, “WebVTT cue text span”).
[[nodiscard]] std::string escaped_angles(std::string_view text);

}  // namespace carillon
