// Loudness, peaks and the limiter, against what is known of tones.

#include "media/sound.hpp"
#include "media/limiter.hpp"
#include "media/loudness.hpp"
#include "media/true_peak.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <random>

namespace carillon::media {
namespace {

constexpr int kRate = 48'000;
using Signal = std::function<double(double time)>;

Signal tone(double frequency, double amplitude, double phase = 0) {
  return [=](double time) { return amplitude * std::sin(2 * std::numbers::pi * frequency * time + phase); };
}

/// Without a step at its ends, which would have peaks of its own.
Signal faded(Signal signal, double seconds) {
  return [=](double time) { return std::min({1.0, time * 20, (seconds - time) * 20}) * signal(time); };
}

/// The same on each channel.
std::vector<double> samples_of(const Signal& signal, double seconds, int channels = 1) {
  std::vector<double> samples;
  for (int i = 0; i < static_cast<int>(seconds * kRate); ++i)
    samples.insert(samples.end(), static_cast<std::size_t>(channels), signal(static_cast<double>(i) / kRate));
  return samples;
}

double decibels(double factor) { return 20 * std::log10(factor); }

/// Hands `samples` to `take` in pieces of all sizes.
void in_pieces(const std::vector<double>& samples, int channels, const std::function<void(const double*, std::size_t)>& take) {
  std::mt19937 engine{5};
  const std::size_t all = samples.size() / static_cast<std::size_t>(channels);
  for (std::size_t at = 0; at < all;) {
    const auto count = std::min<std::size_t>(all - at, std::uniform_int_distribution<std::size_t>{1, 3'000}(engine));
    take(samples.data() + at * static_cast<std::size_t>(channels), count);
    at += count;
  }
}

std::optional<double> loudness(const std::vector<double>& samples, int channels) {
  LoudnessMeter meter{kRate, channels};
  in_pieces(samples, channels, [&](const double* piece, std::size_t count) { meter.take(piece, count); });
  return meter.integrated();
}

double true_peak(const std::vector<double>& samples, int channels = 1) {
  TruePeakMeter meter{kRate, channels};
  in_pieces(samples, channels, [&](const double* piece, std::size_t count) { meter.take(piece, count); });
  meter.finish();
  return meter.peak();
}

TEST(Loudness, OfTheTonesOfTheRecommendations) {
  // BS.1770-4 annex 1: full scale at 997 Hz on one channel is −3.01 LUFS. EBU Tech 3341 case 1: stereo at −23 dBFS is −23 LUFS.
  EXPECT_NEAR(loudness(samples_of(tone(997, 1), 5), 1).value(), -3.01, 0.02);
  EXPECT_NEAR(loudness(samples_of(tone(1'000, std::pow(10, -23.0 / 20)), 20, 2), 2).value(), -23, 0.05);
  // Case 3: what is quieter by more than 10 LU doesn't count.
  const auto case3 =
      samples_of([](double time) { return tone(1'000, std::pow(10, (time < 10 || time > 70 ? -36.0 : -23.0) / 20))(time); }, 80, 2);
  EXPECT_NEAR(loudness(case3, 2).value(), -23, 0.1);
}

TEST(Loudness, NeedsABlockAboveTheGate) {
  EXPECT_FALSE(loudness(samples_of(tone(1'000, 0.5), 0.39), 1));
  EXPECT_TRUE(loudness(samples_of(tone(1'000, 0.5), 0.41), 1));
  LoudnessMeter quiet{kRate, 1};
  const auto samples = samples_of(tone(1'000, 1e-4), 2);
  quiet.take(samples.data(), samples.size());
  EXPECT_FALSE(quiet.integrated());
  EXPECT_NEAR(quiet.integrated(1'000).value(), -23.0, 0.1) << "with so much gain it would be above it";
}

TEST(Loudness, RangeOfTwoLevels) {
  // EBU Tech 3342 case 1: 20 s at −20 dBFS, 20 s at −30 dBFS: 10 LU.
  LoudnessMeter meter{kRate, 2};
  const auto samples = samples_of([](double time) { return tone(1'000, std::pow(10, (time < 20 ? -20.0 : -30.0) / 20))(time); }, 40, 2);
  meter.take(samples.data(), samples.size() / 2);
  EXPECT_NEAR(meter.range(), 10, 1);
}

TEST(TruePeak, IsFoundBetweenTheSamples) {
  // EBU Tech 3341 cases 15–18: a quarter of the rate, 45° off: the samples are 3 dB lower than the tone.
  const auto between = samples_of(faded(tone(kRate / 4.0, 0.5, std::numbers::pi / 4), 1), 1);
  EXPECT_NEAR(*std::ranges::max_element(between), 0.5 * std::numbers::sqrt2 / 2, 1e-9);
  EXPECT_NEAR(decibels(true_peak(between)), decibels(0.5), 0.1);
  for (const double frequency : {100.0, 997.0, 5'000.0, 11'111.0, 16'000.0})
    EXPECT_NEAR(decibels(true_peak(samples_of(faded(tone(frequency, 0.9, 0.3), 1), 1))), decibels(0.9), 0.2) << frequency;
}

TEST(TruePeak, AtTheVeryEndAndOfEitherChannel) {
  std::vector<double> samples(2'001, 0.0);
  samples[2'000] = 0.7;
  EXPECT_NEAR(true_peak(samples), 0.7, 0.01);
  std::vector<double> stereo(2'000, 0.0);
  stereo[777] = -0.6;
  EXPECT_NEAR(true_peak(stereo, 2), 0.6, 0.01);
}

std::vector<double> limited(const std::vector<double>& samples, int channels, double ceiling,
                            Limiter::Release release = Limiter::Release::smooth) {
  Limiter limiter{kRate, channels, ceiling, release};
  std::vector<double> out;
  in_pieces(samples, channels, [&](const double* piece, std::size_t count) { limiter.take(piece, count, out); });
  limiter.finish(out);
  return out;
}

TEST(Limiter, LeavesWhatIsBelowTheCeilingAsItWas) {
  const auto samples = samples_of(tone(440, 0.5), 1, 2);
  EXPECT_EQ(limited(samples, 2, 0.51), samples);
  EXPECT_EQ(limited({}, 2, 0.5).size(), 0U);
  const std::vector<double> one{0.1, 0.2};
  EXPECT_EQ(limited(one, 2, 0.5), one);
}

TEST(Limiter, NoPeakIsAboveTheCeiling) {
  std::mt19937 engine{1};
  std::uniform_real_distribution<double> value{-1, 1};
  const std::pair<const char*, Signal> signals[] = {
      {"noise", [&](double) { return 2 * value(engine); }},
      {"tone", tone(300, 3)},
      {"high tone", tone(9'000, 1.5, 0.4)},
      {"knocks", [](double time) { return std::fmod(time, 0.5) < 0.01 ? tone(880, 4)(time) : tone(300, 0.1)(time); }},
      {"clicks", [&](double time) { return std::fmod(time, 0.1) < 1.0 / kRate ? 5.0 : 0.05 * value(engine); }},
      {"loud end", [](double time) { return time > 0.999 ? 2.0 : 0.1; }},
  };
  for (const auto& [name, signal] : signals) {
    for (const int channels : {1, 2}) {
      const auto samples = samples_of(signal, 1, channels);
      for (const auto release : {Limiter::Release::smooth, Limiter::Release::fast}) {
        const auto out = limited(samples, channels, 0.5, release);
        ASSERT_EQ(out.size(), samples.size()) << name;
        EXPECT_LE(decibels(true_peak(out, channels)), decibels(0.5) + 0.15) << name;
      }
    }
  }
}

TEST(Limiter, IsPredictedWell) {
  const auto samples = samples_of(
      [](double time) { return (std::fmod(time, 3) < 2 ? 1.0 : 0.01) * std::pow(std::abs(std::sin(4 * time)), 3) * tone(220, 1.5)(time); },
      12);
  LoudnessMeter before{kRate, 1};
  TruePeakMeter peaks{kRate, 1};
  before.take(samples.data(), samples.size());
  peaks.take(samples.data(), samples.size());
  peaks.finish();
  for (const double gain : {0.2, 0.5, 1.0, 2.0}) {
    auto raised = samples;
    for (auto& sample : raised) sample *= gain;
    const auto predicted = before.integrated(predicted_gains(peaks.intervals(), gain, 0.8)).value();
    EXPECT_NEAR(predicted, loudness(limited(raised, 1, 0.8), 1).value(), 0.6) << gain;
  }
}

/// What a listener says of `left` and `right`.
Listener heard(const Signal& left, const Signal& right, int channels = 2, Correction correction = {}) {
  Listener listener{{.channels = 2, .sample_rate = kRate}, channels, correction};
  std::vector<double> samples;
  for (int i = 0; i < 3 * kRate; ++i) {
    samples.push_back(left(static_cast<double>(i) / kRate));
    samples.push_back(right(static_cast<double>(i) / kRate));
  }
  listener.take(samples.data(), samples.size() / 2);
  listener.finish();
  return listener;
}

TEST(Sound, ChannelsThatCancelAreNoticedAndTurned) {
  EXPECT_TRUE(heard(tone(440, 0.5), tone(440, -0.4)).is_mirrored());
  EXPECT_FALSE(heard(tone(440, 0.5), tone(440, 0.5)).is_mirrored());
  EXPECT_FALSE(heard(tone(440, 0.5), tone(660, 0.5)).is_mirrored());
  EXPECT_FALSE(heard(tone(440, 0.5), tone(440, -0.01)).is_mirrored());
  EXPECT_FALSE(heard(tone(440, 0), tone(440, 0)).is_mirrored());
  const auto cancelled = heard(tone(440, 0.5), tone(440, -0.5), 1);
  EXPECT_FALSE(cancelled.mixed().integrated());
  const auto turned = heard(tone(440, 0.5), tone(440, -0.5), 1, {.mirror = true});
  EXPECT_NEAR(turned.mixed().integrated().value(), turned.source().integrated().value(), 0.01);
}

TEST(Sound, AnOffsetIsNoticedAndRemoved) {
  const auto with_offset = [](double time) { return 0.2 + tone(440, 0.3)(time); };
  const auto off = heard(with_offset, with_offset);
  EXPECT_NEAR(off.offset(), 0.2, 0.001);
  EXPECT_GT(off.rumble(), 0.3);
  EXPECT_TRUE(off.rumble_is_offset());
  const auto corrected = heard(with_offset, with_offset, 2, {.high_pass = true});
  EXPECT_LT(std::abs(corrected.offset()), 0.002);
  const auto nothing_else = heard([](double) { return 0.2; }, [](double) { return 0.2; }, 2, {.high_pass = true});
  EXPECT_LT(nothing_else.peaks().peak(), 1e-9) << "no step at the start";
  EXPECT_LT(heard(tone(440, 0.3), tone(440, 0.3)).rumble(), 1e-4);
  EXPECT_LT(heard(tone(60, 0.3), tone(60, 0.3)).rumble(), 0.02) << "a deep voice is no rumble";
  const auto rumbling = heard(tone(6, 0.3), tone(6, 0.3));
  EXPECT_GT(rumbling.rumble(), 0.9);
  EXPECT_FALSE(rumbling.rumble_is_offset());
}

}  // namespace
}  // namespace carillon::media
