// See limiter.hpp. The gain that each sample needs is first spread over the window before it (the minimum of the window), then let recover
// slowly, then averaged over the window: what is averaged has reached the minimum by the time of the peak.

#include "media/limiter.hpp"

#include <algorithm>
#include <cmath>

namespace carillon::media {
namespace {

/// Seconds. Smooth: short enough that speech after a knock is loud again, long enough that low tones aren't bent.
struct Times {
  double look_ahead, release;
};
constexpr Times kSmooth{.look_ahead = 0.005, .release = 0.08}, kFast{.look_ahead = 0.0015, .release = 0.004};
constexpr Times times_of(Limiter::Release release) { return release == Limiter::Release::smooth ? kSmooth : kFast; }

}  // namespace

Limiter::Limiter(int sample_rate, int channels, double ceiling, Release release)
    : channels_{channels},
      ceiling_{ceiling},
      window_{static_cast<std::size_t>(times_of(release).look_ahead * sample_rate)},
      release_{1 - std::exp(-1 / (times_of(release).release * sample_rate))},
      finder_{channels},
      recent_(window_, 1.0),
      recent_sum_{static_cast<double>(window_)} {}

void Limiter::take(const double* samples, std::size_t count, std::vector<double>& out) {
  waiting_.insert(waiting_.end(), samples, samples + count * static_cast<std::size_t>(channels_));
  finder_.take(samples, count, static_cast<float>(ceiling_), peaks_);
  plan();
  apply(gains_.size(), out);
}

void Limiter::finish(std::vector<double>& out) {
  finder_.finish(static_cast<float>(ceiling_), peaks_);
  const std::size_t left = waiting_.size() / static_cast<std::size_t>(channels_);
  peaks_.resize(peaks_.size() + window_, 0.0F);
  plan();
  apply(std::min(gains_.size(), left), out);
}

void Limiter::plan() {
  for (const float peak : peaks_) {
    // A peak between two samples lowers both.
    const double loudest = std::max(peak, before_);
    before_ = peak;
    const double needed = loudest > ceiling_ ? ceiling_ / loudest : 1;
    while (!candidates_.empty() && candidates_.back().gain >= needed) candidates_.pop_back();
    candidates_.push_back({planned_, needed});
    ++planned_;
    if (planned_ < window_) continue;
    // Known now: what the sample at the start of the window must not exceed.
    const double minimum = candidates_.front().gain;
    if (candidates_.front().at == decided_) candidates_.pop_front();
    if (decided_++ == 0) {
      // Nothing came before: as if the gain had always been what the start needs.
      recovering_ = minimum;
      recent_.assign(window_, minimum);
      recent_sum_ = minimum * static_cast<double>(window_);
      reduced_ = minimum < 1 ? window_ : 0;
    }
    recovering_ = std::min(minimum, recovering_ + (1 - recovering_) * release_);
    // So close that nobody hears it: exactly the signal again.
    if (recovering_ > 1 - 1e-6) recovering_ = 1;
    recent_sum_ += recovering_ - recent_.front();
    reduced_ += static_cast<std::size_t>(recovering_ < 1) - static_cast<std::size_t>(recent_.front() < 1);
    recent_.pop_front();
    recent_.push_back(recovering_);
    if (reduced_ == 0) recent_sum_ = static_cast<double>(window_);
    gains_.push_back(recent_sum_ / static_cast<double>(window_));
  }
  peaks_.clear();
}

void Limiter::apply(std::size_t count, std::vector<double>& out) {
  const auto channels = static_cast<std::size_t>(channels_);
  out.reserve(out.size() + count * channels);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t channel = 0; channel < channels; ++channel) out.push_back(waiting_[i * channels + channel] * gains_[i]);
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count * channels));
  gains_.erase(gains_.begin(), gains_.begin() + static_cast<std::ptrdiff_t>(count));
}

std::vector<float> predicted_gains(std::span<const float> peaks, double gain, double ceiling) {
  const double recovery = 1 - std::exp(-1 / (kSmooth.release * kIntervalsPerSecond));
  std::vector<float> gains;
  gains.reserve(peaks.size());
  double recovering = 1;
  for (const float peak : peaks) {
    const double needed = peak * gain > ceiling ? ceiling / (peak * gain) : 1;
    // Somewhere within the interval is the peak: the mean of before and after is about right.
    const double before = recovering;
    recovering = std::min(needed, recovering + (1 - recovering) * recovery);
    gains.push_back(static_cast<float>(gain * (needed < 1 ? (std::min(before, 1.0) + recovering) / 2 : recovering)));
  }
  return gains;
}

}  // namespace carillon::media
