// See clock_watch.hpp.

#include "app/clock_watch.hpp"

#include "app/clock_watch_queries.hpp"
#include "base/log.hpp"

namespace carillon::app {
namespace {

/// How far the clock may have gone unseen before a crash.
constexpr std::chrono::minutes kMarkEvery{1};

}  // namespace

void ClockWatch::look() {
  const auto now = clock_.now();
  if (!seen_) {
    const auto mark =
        database_.read_now([this](db::Session& session) -> Result<std::optional<Time>> { return queries::clock_mark(session, node_); });
    if (!mark) return log::error("the last known time could not be read", {{"reason", mark.error().message}});
    seen_ = written_ = *mark;
  }
  const bool set_back = seen_ && now + kSetBackNoticed < *seen_;
  if (set_back) {
    const SetBack jump{.was = *seen_, .now = now};
    log::warning("the clock was set back", {{"was", to_rfc3339(jump.was)}, {"now", to_rfc3339(now)}});
    for (const auto& then : then_) then(jump);
  }
  seen_ = set_back || !seen_ ? now : std::max(*seen_, now);
  if (!set_back && written_ && *seen_ - *written_ < kMarkEvery) return;
  const auto noted = database_.write_now([&](db::Session& session) -> Result<> {
    queries::put_clock_mark(session, node_, *seen_);
    return {};
  });
  if (!noted) return log::error("the current time could not be saved", {{"reason", noted.error().message}});
  written_ = seen_;
}

}  // namespace carillon::app
