#include "media/pauses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace carillon::media {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kRate = 16'000;

/// Sound in pieces of a level (full scale 1; 0: silent) and a length.
class Sound {
 public:
  Sound& tone(double level, std::chrono::milliseconds length) {
    for (std::int64_t i = 0; i < length.count() * kRate / 1000; ++i)
      samples_.push_back(level * std::sin(2 * std::numbers::pi * 440 * static_cast<double>(samples_.size()) / kRate));
    return *this;
  }
  /// Syllables of a fifth of a second.
  Sound& speech(std::chrono::milliseconds length) {
    for (auto done = 0ms; done < length; done += 200ms) tone(0.3, 120ms).tone(0.01, 80ms);
    return *this;
  }
  [[nodiscard]] Pauses pauses(std::size_t at_once = 1000) const {
    Pauses result{kRate};
    for (std::size_t at = 0; at < samples_.size(); at += at_once)
      result.take(samples_.data() + at, std::min(at_once, samples_.size() - at), 1);
    return result;
  }
  [[nodiscard]] std::chrono::microseconds duration() const { return std::chrono::microseconds{samples_.size() * 1'000'000 / kRate}; }
  [[nodiscard]] std::vector<protocol::Silence> silences(std::size_t at_once = 1000) const { return pauses(at_once).silences(duration()); }

 private:
  std::vector<double> samples_;
};

TEST(Pauses, AreWhereNothingIsHeard) {
  const Sound sound = Sound{}.tone(0.3, 2s).tone(0, 500ms).tone(0.3, 1s).tone(0, 200ms).tone(0.3, 1s).tone(0, 2s);
  const auto found = sound.silences();
  ASSERT_THAT(found, SizeIs(2)) << "a fifth of a second is too short";
  EXPECT_EQ(found[0].from, 2s);
  EXPECT_EQ(found[0].until, 2500ms);
  EXPECT_LT(found[0].level, -100);
  EXPECT_EQ(found[1].from, 4700ms);
  EXPECT_EQ(found[1].until, 6700ms);
  EXPECT_EQ(sound.silences(7), found) << "in whatever pieces it comes";
}

TEST(Pauses, AreAsQuietAsTheRoom) {
  // A room at −46 dBFS: its pauses are pauses, its quiet words at −36 aren't.
  const auto found = Sound{}.tone(0.3, 4s).tone(0.007, 1s).tone(0.022, 1s).tone(0.3, 4s).tone(0.007, 1s).silences();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].from, 4s);
  EXPECT_EQ(found[0].until, 5s);
  EXPECT_NEAR(found[0].level, -46, 1.5);
}

TEST(Pauses, OfARoomAreFoundBesideThoseOfAnEditor) {
  const auto found = Sound{}.tone(0, 3s).tone(0.3, 4s).tone(0.007, 1s).tone(0.3, 4s).silences();
  ASSERT_THAT(found, SizeIs(2));
  EXPECT_EQ(found[0].until, 3s);
  EXPECT_EQ(found[1].from, 7s);
  EXPECT_EQ(found[1].until, 8s);
}

TEST(Pauses, AreNoneInWhatIsEquallyLoudEverywhereOrLouderThanAnyRoom) {
  EXPECT_THAT(Sound{}.tone(0.3, 10s).silences(), IsEmpty());
  EXPECT_THAT(Sound{}.tone(0.3, 4s).tone(0.05, 4s).silences(), IsEmpty());
  EXPECT_THAT(Sound{}.silences(), IsEmpty());
}

TEST(Pauses, OfTooManyTheLongestAreKeptInTheirOrder) {
  Sound sound;
  for (std::size_t i = 0; i < protocol::kMaxSilences + 50; ++i) sound.tone(0.3, 100ms).tone(0, i % 2 == 0 || i > 100 ? 400ms : 300ms);
  const auto found = sound.silences();
  ASSERT_THAT(found, SizeIs(protocol::kMaxSilences));
  EXPECT_TRUE(std::ranges::all_of(found, [](const auto& silence) { return silence.until - silence.from >= 400ms; }));
  EXPECT_TRUE(std::ranges::is_sorted(found, {}, &protocol::Silence::from));
}

TEST(Pauses, StayWithinTheRecording) {
  const Sound sound = Sound{}.tone(0.3, 1s).tone(0, 1s);
  const auto found = sound.pauses().silences(1'700ms);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].until, 1'700ms);
}

TEST(SpeechShare, TellsSyllablesFromASteadySound) {
  EXPECT_EQ(Sound{}.tone(0.3, 10s).pauses().speech_share(), 0.0);
  EXPECT_EQ(Sound{}.speech(10s).pauses().speech_share(), 1.0);
  EXPECT_NEAR(Sound{}.speech(10s).tone(0.3, 10s).pauses().speech_share().value(), 0.5, 0.06);
  EXPECT_NEAR(Sound{}.speech(10s).tone(0, 30s).pauses().speech_share().value(), 1.0, 0.01) << "silence is neither";
  EXPECT_FALSE(Sound{}.tone(0, 10s).pauses().speech_share());
  EXPECT_FALSE(Sound{}.tone(0.3, 500ms).pauses().speech_share());
}

}  // namespace
}  // namespace carillon::media
