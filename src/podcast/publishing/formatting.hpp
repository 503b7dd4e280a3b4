#pragma once
// Markdown of publishers made into HTML away from event loops, so that what nobody could read is refused when it is handed in.

#include "jobs/fair_workers.hpp"

#include <string>

namespace carillon::podcast {

/// The HTML of `markdown`; refused as safe_html() refuses, and as `unavailable` when it takes too long. In turn with what other persons
/// have waiting.
asio::awaitable<Result<std::string>> formatted(jobs::FairWorkers& workers, std::string person, std::string field, std::string markdown);

}  // namespace carillon::podcast
