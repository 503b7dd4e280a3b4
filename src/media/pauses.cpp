// See pauses.hpp.

#include "media/pauses.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace carillon::media {
namespace {

/// Parts a second.
constexpr std::size_t kParts = 50;
constexpr std::chrono::milliseconds kPart{1000 / kParts};
/// Half decibels below full scale in which levels are stored. What is quieter counts as silent.
constexpr double kStepsPerDecibel = 2;
constexpr std::uint8_t kQuietest = 255;
constexpr std::uint8_t level_of(double decibels) { return static_cast<std::uint8_t>(-decibels * kStepsPerDecibel); }
/// Part of the recording that is taken for its background, and how much louder than that a silence may be.
constexpr double kBackground = 0.05;
/// Quieter parts are digital silence, which an editor has inserted or a gate has left. They say nothing about the background of the room.
constexpr std::uint8_t kNothing = level_of(-90);
constexpr std::uint8_t kAboveBackground = level_of(-6);
/// Quieter than the first is a silence in any recording, louder than the second in none. A leveled voice is at about −20 dBFS.
constexpr std::uint8_t kSurelySilent = level_of(-60), kLoudestSilence = level_of(-40);
/// In speech, at least that part of a second is below half of its mean energy.
constexpr double kLowEnergy = 0.5, kSpeechFrom = 0.3;
/// A second below it has no sound: energy of a full-scale signal is 1.
constexpr double kSoundFrom = 1e-5;

double energy_of(std::uint8_t level) {
  return level == kQuietest ? 0 : std::pow(10, -static_cast<double>(level) / (10 * kStepsPerDecibel));
}

}  // namespace

Pauses::Pauses(int sample_rate) : stretch_{std::max<std::size_t>(static_cast<std::size_t>(sample_rate) / kParts, 1)} {}

void Pauses::take(const double* samples, std::size_t count, int channels) {
  for (std::size_t i = 0; i < count; ++i) {
    for (int channel = 0; channel < channels; ++channel) {
      energy_ += *samples * *samples;
      ++samples;
    }
    if (++taken_ < stretch_) continue;
    const double mean = energy_ / static_cast<double>(stretch_ * static_cast<std::size_t>(channels));
    const double steps = mean > 0 ? -10 * std::log10(mean) * kStepsPerDecibel : kQuietest;
    levels_.push_back(static_cast<std::uint8_t>(std::clamp<double>(std::floor(steps), 0, kQuietest)));
    energy_ = 0;
    taken_ = 0;
  }
}

/// Parts at least that far below full scale are silent.
std::uint8_t Pauses::threshold() const {
  std::array<std::size_t, 256> counts{};
  for (const auto level : levels_) ++counts[level];
  const auto room = levels_.size() - static_cast<std::size_t>(std::accumulate(counts.begin() + kNothing, counts.end(), std::size_t{}));
  auto left = static_cast<std::size_t>(kBackground * static_cast<double>(room));
  int background = kNothing - 1;
  while (background > 0 && counts[static_cast<std::size_t>(background)] <= left) left -= counts[static_cast<std::size_t>(background--)];
  return static_cast<std::uint8_t>(std::clamp<int>(background - kAboveBackground, kLoudestSilence, kSurelySilent));
}

std::vector<protocol::Silence> Pauses::silences(std::chrono::microseconds duration) const {
  constexpr auto kShortest = static_cast<std::size_t>(protocol::kShortestSilence / kPart);
  const auto end = std::min(levels_.size(), static_cast<std::size_t>(std::chrono::ceil<std::chrono::milliseconds>(duration) / kPart));
  const auto limit = threshold();
  const auto whole = std::chrono::floor<std::chrono::milliseconds>(duration);
  std::vector<protocol::Silence> found;
  for (std::size_t at = 0; at < end;) {
    const auto begin = at;
    std::uint8_t loudest = kQuietest;
    while (at < end && levels_[at] >= limit) loudest = std::min(loudest, levels_[at++]);
    if (at - begin >= kShortest)
      found.push_back(
          {.from = kPart * begin, .until = std::min<std::chrono::milliseconds>(kPart * at, whole), .level = -loudest / kStepsPerDecibel});
    if (at == begin) ++at;
  }
  if (found.size() > protocol::kMaxSilences) {
    const auto length = [](const protocol::Silence& silence) { return silence.until - silence.from; };
    std::ranges::nth_element(found, found.begin() + protocol::kMaxSilences, std::ranges::greater{}, length);
    found.resize(protocol::kMaxSilences);
    std::ranges::sort(found, {}, &protocol::Silence::from);
  }
  return found;
}

std::optional<double> Pauses::speech_share() const {
  std::size_t with_sound = 0, speech = 0;
  for (std::size_t begin = 0; begin + kParts <= levels_.size(); begin += kParts) {
    std::array<double, kParts> energies{};
    double mean = 0;
    for (std::size_t i = 0; i < kParts; ++i) mean += energies[i] = energy_of(levels_[begin + i]);
    mean /= kParts;
    if (mean < kSoundFrom) continue;
    ++with_sound;
    const auto low = std::ranges::count_if(energies, [&](double energy) { return energy < kLowEnergy * mean; });
    speech += static_cast<double>(low) >= kSpeechFrom * kParts;
  }
  if (with_sound == 0) return {};
  return static_cast<double>(speech) / static_cast<double>(with_sound);
}

}  // namespace carillon::media
