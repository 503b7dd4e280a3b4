// See cue_proposals.hpp.

#include "podcast/model/cue_proposals.hpp"

#include <algorithm>

namespace carillon::podcast {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

/// A chapter begins within this time of a silence in front of it.
constexpr milliseconds kNearChapter = 2s;
/// What a silence in front of a chapter is worth, in length; and the longest that counts: longer ones aren't better places.
constexpr milliseconds kWorthOfChapter = 5s, kLongestWorth = 3s;
/// How much longer a silence has to be for each minute that it is farther from where a cue point should be.
constexpr milliseconds kPerMinute = 200ms;

milliseconds distance(milliseconds one, milliseconds other) { return one > other ? one - other : other - one; }
milliseconds middle_of(const Silence& silence) { return silence.from + (silence.until - silence.from) / 2; }

}  // namespace

std::vector<CuePoint> propose_cue_points(milliseconds duration, std::span<const Silence> silences, std::span<const milliseconds> chapters) {
  std::vector<CuePoint> points{{.at = 0ms, .kind = CueKind::preroll}};
  const auto parts = duration / kBetweenCuePoints + 1;
  for (std::int64_t part = 1; part < parts; ++part) {
    const auto wanted = duration * part / parts;
    const auto reach = duration / parts / 3;
    const Silence* best = nullptr;
    milliseconds best_worth{};
    for (const auto& silence : silences) {
      const auto at = middle_of(silence);
      const auto off = distance(at, wanted);
      if (off > reach) continue;
      const bool before_chapter =
          std::ranges::any_of(chapters, [&](milliseconds start) { return start >= silence.from && start <= silence.until + kNearChapter; });
      const auto worth = std::min(silence.until - silence.from, kLongestWorth) + (before_chapter ? kWorthOfChapter : 0ms) -
                         off * kPerMinute.count() / milliseconds{1min}.count();
      if (best != nullptr && worth <= best_worth) continue;
      best = &silence;
      best_worth = worth;
    }
    if (best != nullptr) points.push_back({.at = middle_of(*best), .kind = CueKind::midroll});
  }
  points.push_back({.at = duration, .kind = CueKind::postroll});
  return points;
}

}  // namespace carillon::podcast
