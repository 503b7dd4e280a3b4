// See true_peak.hpp. Most of a signal is too quiet for its peaks to matter, so only stretches near the floor are interpolated.

#include "media/true_peak.hpp"

#include "media/loudness.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numbers>

namespace carillon::media {
namespace {

constexpr std::size_t kReach = PeakFinder::kReach, kTaps = 2 * kReach;
constexpr std::size_t kPhases = 8;
/// Samples that are judged together.
constexpr std::size_t kStretch = 32;
/// Shape of the Kaiser window: side lobes 70 dB below.
constexpr double kShape = 7;

/// One value for each phase; the compiler turns it into the vectors that the machine has.
using Phases = float __attribute__((vector_size(kPhases * sizeof(float))));

struct Interpolation {
  alignas(32) std::array<std::array<float, kPhases>, kTaps> taps{};
  float bound = 1;  ///< no interpolated value exceeds the largest sample by more than this factor
};

Interpolation make_interpolation() {
  Interpolation result;
  std::array<double, kPhases> bounds{};
  for (std::size_t tap = 0; tap < kTaps; ++tap) {
    for (std::size_t phase = 0; phase < kPhases; ++phase) {
      const double distance = static_cast<double>(tap) - (kReach - 1) - static_cast<double>(phase) / kPhases;
      const double x = std::numbers::pi * distance;
      const double sinc = distance == 0 ? 1 : std::sin(x) / x;
      const double inside = 1 - (distance / kReach) * (distance / kReach);
      const double window = inside > 0 ? std::cyl_bessel_i(0, kShape * std::sqrt(inside)) / std::cyl_bessel_i(0, kShape) : 0;
      result.taps[tap][phase] = static_cast<float>(sinc * window);
      bounds[phase] += std::abs(sinc * window);
    }
  }
  result.bound = static_cast<float>(*std::ranges::max_element(bounds));
  return result;
}

const Interpolation kInterpolation = make_interpolation();

/// The largest absolute value from samples[kReach − 1] to the next.
float interpolated_peak(const float* samples) {
  Phases sums{};
  for (std::size_t tap = 0; tap < kTaps; ++tap) {
    Phases taps;
    std::memcpy(&taps, kInterpolation.taps[tap].data(), sizeof taps);
    sums += taps * samples[tap];
  }
  float peak = 0;
  for (std::size_t phase = 0; phase < kPhases; ++phase) peak = std::max(peak, std::abs(sums[phase]));
  return peak;
}

}  // namespace

PeakFinder::PeakFinder(int channels) : channels_(static_cast<std::size_t>(channels), std::vector<float>(kReach - 1, 0.0F)) {}

void PeakFinder::take(const double* samples, std::size_t count, float floor, std::vector<float>& peaks) {
  for (std::size_t channel = 0; channel < channels_.size(); ++channel) {
    auto& own = channels_[channel];
    own.reserve(own.size() + count);
    for (std::size_t i = 0; i < count; ++i) own.push_back(static_cast<float>(samples[i * channels_.size() + channel]));
  }
  find(floor, peaks);
}

void PeakFinder::finish(float floor, std::vector<float>& peaks) {
  for (auto& own : channels_) own.insert(own.end(), kReach, 0.0F);
  find(floor, peaks);
}

void PeakFinder::find(float floor, std::vector<float>& peaks) {
  const std::size_t there = channels_.front().size();
  if (there < kTaps) return;
  const std::size_t count = there - kTaps + 1, first = peaks.size();
  peaks.resize(first + count, 0.0F);
  const float least = floor / kInterpolation.bound;
  for (auto& own : channels_) {
    for (std::size_t at = 0; at < count; at += kStretch) {
      const std::size_t end = std::min(at + kStretch, count);
      float loudest = 0;
      for (std::size_t i = at; i < end + kTaps - 1; ++i) loudest = std::max(loudest, std::abs(own[i]));
      for (std::size_t i = at; i < end; ++i) {
        auto& peak = peaks[first + i];
        peak = std::max(peak, loudest > least ? interpolated_peak(own.data() + i) : std::abs(own[i + kReach - 1]));
      }
    }
    own.erase(own.begin(), own.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

TruePeakMeter::TruePeakMeter(int sample_rate, int channels)
    : finder_{channels}, interval_{static_cast<std::size_t>(std::max(sample_rate / kIntervalsPerSecond, 1))} {}

void TruePeakMeter::take(const double* samples, std::size_t count) {
  finder_.take(samples, count, peak_, found_);
  account();
}

void TruePeakMeter::finish() {
  finder_.finish(peak_, found_);
  account();
}

void TruePeakMeter::account() {
  for (const float peak : found_) {
    loudest_ = std::max(loudest_, peak);
    if (++taken_ < interval_) continue;
    intervals_.push_back(loudest_);
    peak_ = std::max(peak_, loudest_);
    loudest_ = 0;
    taken_ = 0;
  }
  peak_ = std::max(peak_, loudest_);
  found_.clear();
}

}  // namespace carillon::media
