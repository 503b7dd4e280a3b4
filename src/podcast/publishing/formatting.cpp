// See formatting.hpp.

#include "podcast/publishing/formatting.hpp"

#include "podcast/feed/notes.hpp"

namespace carillon::podcast {
namespace {

/// Much longer than any notes take; whoever waits for a preview gave up before.
constexpr std::chrono::seconds kFormattingDeadline{10};

}  // namespace

asio::awaitable<Result<std::string>> formatted(jobs::FairWorkers& workers, std::string person, std::string field, std::string markdown) {
  co_return co_await workers.run_within(kFormattingDeadline, std::move(person),
                                        [field = std::move(field), markdown = std::move(markdown)] { return safe_html(markdown, field); });
}

}  // namespace carillon::podcast
