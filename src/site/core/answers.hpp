#pragma once
// What answers of several rooms have in common.

#include "http/message.hpp"

namespace carillon::site {

/// Cache-Control of what never changes at its address.
inline constexpr std::string_view kForEver = "public, max-age=31536000, immutable";

/// Web players and scripts of other sites may read it (Fetch standard, CORS).
[[nodiscard]] http::Response open_to_every_origin(http::Response response);

}  // namespace carillon::site
