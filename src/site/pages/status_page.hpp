#pragma once
// The status page: whether downloads and publishing work, and what did not in the last days, in words for listeners and publishers. It is
// made of what was found out last, and served whatever else fails.

#include "uptime/status.hpp"

#include <string>

namespace carillon::site {

/// `status` may be null. Says when it was known, and that it is old when it is.
[[nodiscard]] std::string status_page(const uptime::Status* status, const std::string& canonical, Time now);

}  // namespace carillon::site
