#pragma once
// Formats publishers' Markdown as HTML outside event loops, so that unusable texts are rejected when they are submitted.

#include "jobs/fair_workers.hpp"

#include <string>

namespace carillon::podcast {

/// The HTML of `markdown`; errors as in safe_html(), and `unavailable` if it takes too long. Takes turns with other people's texts.
asio::awaitable<Result<std::string>> formatted(jobs::FairWorkers& workers, std::string person, std::string field, std::string markdown);

}  // namespace carillon::podcast
