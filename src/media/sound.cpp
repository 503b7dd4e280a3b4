// See sound.hpp.

#include "media/sound.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace carillon::media {
namespace {

/// Below it nothing is heard, in Hz.
constexpr double kLowest = 20;
/// Two channels with such a correlation, and about equally loud, are one and its mirror image: a cable with its wires crossed.
constexpr double kMirrored = -0.8;
/// How much louder one of them may be, as energy.
constexpr double kEquallyLoud = 4;

/// Butterworth, by the bilinear transform.
struct Butterworth {
  double k, norm;
  explicit Butterworth(int sample_rate)
      : k{std::tan(std::numbers::pi * kLowest / sample_rate)}, norm{1 / (1 + std::numbers::sqrt2 * k + k * k)} {}
  [[nodiscard]] Biquad::Coefficients with(double b0, double b1) const {
    return {.b0 = b0 * norm,
            .b1 = b1 * norm,
            .b2 = b0 * norm,
            .a1 = 2 * (k * k - 1) * norm,
            .a2 = (1 - std::numbers::sqrt2 * k + k * k) * norm};
  }
};
Biquad::Coefficients high_pass(int sample_rate) { return Butterworth{sample_rate}.with(1, -2); }
Biquad::Coefficients low_pass(int sample_rate) {
  const Butterworth filter{sample_rate};
  return filter.with(filter.k * filter.k, 2 * filter.k * filter.k);
}

}  // namespace

Mixer::Mixer(Shape source, int channels, Correction correction)
    : source_{source}, channels_{channels}, correction_{correction}, high_pass_{high_pass(source.sample_rate)} {}

void Mixer::correct(double* samples, std::size_t count) {
  if (correction_.high_pass) {
    for (int channel = 0; channel < source_.channels && count > 0 && !has_begun_; ++channel) high_pass_.settle(samples[channel], channel);
    has_begun_ = has_begun_ || count > 0;
    for (std::size_t i = 0; i < count; ++i) {
      for (int channel = 0; channel < source_.channels; ++channel) {
        auto& sample = samples[i * static_cast<std::size_t>(source_.channels) + static_cast<std::size_t>(channel)];
        sample = high_pass_(sample, channel);
      }
    }
  }
  if (correction_.mirror && source_.channels == 2) {
    for (std::size_t i = 0; i < count; ++i) samples[2 * i + 1] = -samples[2 * i + 1];
  }
}

std::span<const double> Mixer::mix(const double* samples, std::size_t count) {
  if (source_.channels == channels_) return {samples, count * static_cast<std::size_t>(channels_)};
  // As loud on two loudspeakers as on one, and the other way round.
  constexpr double kShare = std::numbers::sqrt2 / 2;
  mixed_.resize(count * static_cast<std::size_t>(channels_));
  for (std::size_t i = 0; i < count; ++i) {
    if (channels_ == 1)
      mixed_[i] = kShare * (samples[2 * i] + samples[2 * i + 1]);
    else
      mixed_[2 * i] = mixed_[2 * i + 1] = kShare * samples[i];
  }
  return mixed_;
}

Listener::Listener(Shape source, int channels, Correction correction)
    : shape_{source},
      mixer_{source, channels, correction},
      mixed_{source.sample_rate, channels},
      peaks_{source.sample_rate, channels},
      low_pass_{low_pass(source.sample_rate)} {
  if (source.channels > channels) source_meter_.emplace(source.sample_rate, source.channels);
}

void Listener::take(double* samples, std::size_t count) {
  mixer_.correct(samples, count);
  const auto channels = static_cast<std::size_t>(shape_.channels);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t channel = 0; channel < channels; ++channel) {
      const double sample = samples[i * channels + channel];
      sums_[channel] += sample;
      energies_[channel] += sample * sample;
      const double low = low_pass_(sample, static_cast<int>(channel));
      low_energy_ += low * low;
    }
    if (channels == 2) product_ += samples[2 * i] * samples[2 * i + 1];
  }
  count_ += static_cast<double>(count);
  const auto mixed = mixer_.mix(samples, count);
  mixed_.take(mixed.data(), count);
  peaks_.take(mixed.data(), count);
  if (source_meter_) source_meter_->take(samples, count);
}

void Listener::finish() { peaks_.finish(); }

double Listener::offset() const {
  if (count_ == 0) return 0;
  const double first = sums_[0] / count_, second = sums_[1] / count_;
  return std::abs(first) >= std::abs(second) ? first : second;
}

double Listener::rumble() const {
  const double all = energies_[0] + energies_[1];
  return all > 0 ? low_energy_ / all : 0;
}

bool Listener::rumble_is_offset() const {
  if (count_ == 0) return false;
  return (sums_[0] * sums_[0] + sums_[1] * sums_[1]) / count_ > low_energy_ / 2;
}

bool Listener::is_mirrored() const {
  const auto [least, most] = std::minmax(energies_[0], energies_[1]);
  return least > 0 && most < kEquallyLoud * least && product_ < kMirrored * std::sqrt(least * most);
}

}  // namespace carillon::media
