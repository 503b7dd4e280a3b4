// See retention.hpp.

#include "stats/log/retention.hpp"

#include "base/log.hpp"
#include "stats/log/segment.hpp"

namespace carillon::stats {

namespace fs = std::filesystem;

Result<std::size_t> Retention::remove_old(Time now, std::chrono::steady_clock::time_point steady_now) {
  if (keep_ == std::chrono::days{0}) return std::size_t{0};
  auto listed = segments_in(folder_);
  if (!listed) return forward_error(listed);
  auto& segments = *listed;
  std::error_code wrong;
  if (!segments.empty()) segments.pop_back();

  std::map<fs::path, std::chrono::steady_clock::time_point> still_due;
  std::size_t removed = 0;
  for (const auto& segment : segments) {
    const auto last_day = std::chrono::ceil<std::chrono::days>(segment.first + std::chrono::seconds{1});
    if (last_day + keep_ > now) continue;
    const auto known = due_since_.find(segment.path);
    const auto since = known == due_since_.end() ? steady_now : known->second;
    if (steady_now - since < kDueBeforeRemoval) {
      still_due.emplace(segment.path, since);
      continue;
    }
    if (!fs::remove(segment.path, wrong) && wrong)
      return fail(ErrorKind::unavailable, "remove " + segment.path.string() + ": " + wrong.message());
    ++removed;
  }
  due_since_ = std::move(still_due);
  if (removed > 0) log::info("old request log segments deleted", {{"segments", removed}, {"kept_days", keep_.count()}});
  return removed;
}

}  // namespace carillon::stats
