// See retention.hpp.

#include "stats/log/retention.hpp"

#include "base/log.hpp"
#include "stats/log/segment.hpp"

#include <algorithm>
#include <vector>

namespace carillon::stats {
namespace {

namespace fs = std::filesystem;

struct Named {
  std::uint64_t sequence;
  fs::path path;
  Time first;
};

}  // namespace

Result<std::size_t> Retention::remove_old(Time now, std::chrono::steady_clock::time_point steady_now) {
  if (keep_ == std::chrono::days{0}) return std::size_t{0};
  std::error_code wrong;
  std::vector<Named> segments;
  for (auto entry = fs::directory_iterator{folder_, wrong}; !wrong && entry != fs::directory_iterator{}; entry.increment(wrong)) {
    const auto name = entry->path().filename().string();
    const auto sequence = sequence_of(name);
    const auto first = time_of(name);
    if (sequence && first) segments.push_back({*sequence, entry->path(), *first});
  }
  if (wrong) return fail(ErrorKind::unavailable, "list the segments of the request log in " + folder_.string() + ": " + wrong.message());
  std::ranges::sort(segments, {}, &Named::sequence);
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
  if (removed > 0) log::info("old segments of the request log removed", {{"segments", removed}, {"kept_days", keep_.count()}});
  return removed;
}

}  // namespace carillon::stats
