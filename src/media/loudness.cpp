// See loudness.hpp. The filters of BS.1770-4 are given for 48 kHz; for other rates they are computed from the analog prototypes behind
// them.

#include "media/loudness.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace carillon::media {
namespace {

/// BS.1770-4 annex 1: blocks of 400 ms that overlap by 75 %.
constexpr std::size_t kBlock = kIntervalsPerSecond * 4 / 10, kBlockStep = kIntervalsPerSecond / 10;
constexpr double kAbsoluteGate = -70;  // LUFS
constexpr double kRelativeGate = -10;  // LU
/// EBU Tech 3342 §3: blocks of 3 s, every 100 ms; from the 10th to the 95th percentile of those above a gate of −20 LU.
constexpr std::size_t kLongBlock = std::size_t{kIntervalsPerSecond} * 3;
constexpr double kRangeGate = -20, kRangeFrom = 0.10, kRangeTo = 0.95;

double loudness_of(double energy) { return -0.691 + 10 * std::log10(energy); }
double energy_of(double loudness) { return std::pow(10, (loudness + 0.691) / 10); }

/// First stage: the head.
Biquad::Coefficients shelf(int sample_rate) {
  constexpr double kFrequency = 1681.974450955533, kGain = 3.999843853973347, kQuality = 0.7071752369554196;
  const double k = std::tan(std::numbers::pi * kFrequency / sample_rate);
  const double high = std::pow(10, kGain / 20), band = std::pow(high, 0.4996667741545416);
  const double a0 = 1 + k / kQuality + k * k;
  return {.b0 = (high + band * k / kQuality + k * k) / a0,
          .b1 = 2 * (k * k - high) / a0,
          .b2 = (high - band * k / kQuality + k * k) / a0,
          .a1 = 2 * (k * k - 1) / a0,
          .a2 = (1 - k / kQuality + k * k) / a0};
}

/// Second stage: low tones count less.
Biquad::Coefficients high_pass(int sample_rate) {
  constexpr double kFrequency = 38.13547087602444, kQuality = 0.5003270373238773;
  const double k = std::tan(std::numbers::pi * kFrequency / sample_rate);
  const double a0 = 1 + k / kQuality + k * k;
  return {.b0 = 1, .b1 = -2, .b2 = 1, .a1 = 2 * (k * k - 1) / a0, .a2 = (1 - k / kQuality + k * k) / a0};
}

/// The mean energies of blocks of `length` intervals; `energy` gives that of an interval.
template <class Energy>
std::vector<double> blocks_of(std::size_t intervals, std::size_t length, Energy energy) {
  std::vector<double> blocks;
  if (intervals < length) return blocks;
  blocks.reserve((intervals - length) / kBlockStep + 1);
  for (std::size_t at = 0; at + length <= intervals; at += kBlockStep) {
    double sum = 0;
    for (std::size_t i = at; i < at + length; ++i) sum += energy(i);
    blocks.push_back(sum / static_cast<double>(length));
  }
  return blocks;
}

/// The mean of those above `gate`; 0 if there are none.
double gated_mean(const std::vector<double>& blocks, double gate) {
  double sum = 0;
  std::size_t count = 0;
  for (const double block : blocks) {
    if (block <= gate) continue;
    sum += block;
    ++count;
  }
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

std::optional<double> integrated_of(const std::vector<double>& blocks) {
  const double absolute = energy_of(kAbsoluteGate);
  const double first = gated_mean(blocks, absolute);
  if (first <= 0) return std::nullopt;
  return loudness_of(gated_mean(blocks, std::max(absolute, first * std::pow(10, kRelativeGate / 10))));
}

}  // namespace

LoudnessMeter::LoudnessMeter(int sample_rate, int channels)
    : interval_{static_cast<std::size_t>(std::max(sample_rate / kIntervalsPerSecond, 1))},
      channels_{channels},
      shelf_{shelf(sample_rate)},
      high_pass_{high_pass(sample_rate)} {}

void LoudnessMeter::take(const double* samples, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    for (int channel = 0; channel < channels_; ++channel) {
      const double weighted = high_pass_(shelf_(*samples++, channel), channel);
      energy_ += weighted * weighted;
    }
    if (++taken_ < interval_) continue;
    energies_.push_back(static_cast<float>(energy_ / static_cast<double>(interval_)));
    energy_ = 0;
    taken_ = 0;
  }
}

std::optional<double> LoudnessMeter::integrated(double gain) const {
  return integrated_of(blocks_of(energies_.size(), kBlock, [&](std::size_t i) { return energies_[i] * gain * gain; }));
}

std::optional<double> LoudnessMeter::integrated(std::span<const float> gains) const {
  return integrated_of(blocks_of(std::min(energies_.size(), gains.size()), kBlock, [&](std::size_t i) {
    const double gain = gains[i];
    return energies_[i] * gain * gain;
  }));
}

double LoudnessMeter::range(double gain) const {
  auto blocks = blocks_of(energies_.size(), kLongBlock, [&](std::size_t i) { return energies_[i] * gain * gain; });
  const double absolute = energy_of(kAbsoluteGate);
  const double gate = std::max(absolute, gated_mean(blocks, absolute) * std::pow(10, kRangeGate / 10));
  std::erase_if(blocks, [&](double block) { return block <= gate; });
  if (blocks.empty()) return 0;
  std::ranges::sort(blocks);
  const auto at = [&](double part) {
    return loudness_of(blocks[static_cast<std::size_t>(std::lround(part * static_cast<double>(blocks.size() - 1)))]);
  };
  return at(kRangeTo) - at(kRangeFrom);
}

}  // namespace carillon::media
