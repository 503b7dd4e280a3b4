// See backoff.hpp.

#include "certs/keeper/schedule/backoff.hpp"

#include <algorithm>
#include <array>

namespace carillon::certs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array<minutes, 13> kPauses{minutes{1},  minutes{2},  minutes{2}, minutes{5}, minutes{10}, minutes{10}, minutes{10},
                                          minutes{20}, minutes{30}, hours{1},   hours{2},   hours{3},    hours{6}};
/// A CA that asks for more is not believed: a date that moves nearer must be tried for.
constexpr hours kLongestAsked{24};
constexpr double kJitter = 0.2;
constexpr int kShareOfWhatIsLeft = 8;
constexpr minutes kDensest{10};

}  // namespace

Duration pause_after(int failures, double jitter, std::optional<Duration> retry_after, std::optional<Duration> left) {
  const auto step = std::min<std::size_t>(static_cast<std::size_t>(std::max(failures, 1)) - 1, kPauses.size() - 1);
  Duration pause{kPauses[step]};
  if (left) pause = std::min(pause, std::max<Duration>(*left / kShareOfWhatIsLeft, kDensest));
  const auto moved = static_cast<Duration::rep>(static_cast<double>(pause.count()) * (1 + kJitter * (jitter - 0.5)));
  const Duration asked = std::min<Duration>(retry_after.value_or(Duration{}), kLongestAsked);
  return std::max(Duration{moved}, asked);
}

Duration polling_pause_after(int failures) {
  constexpr int kDoublings = 9;  // 2^9 minutes are more than six hours
  return std::min<Duration>(minutes{1LL << std::clamp(failures - 1, 0, kDoublings)}, hours{6});
}

}  // namespace carillon::certs
