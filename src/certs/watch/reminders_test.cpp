#include "certs/watch/reminders.hpp"

#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using std::chrono::days;
using namespace std::chrono_literals;

constexpr Time kEnd{std::chrono::sys_days{std::chrono::year{2027} / 6 / 1}};

/// Days before the end at which somebody who looks every hour reminds.
std::vector<long> days_told(Duration lifetime) {
  std::vector<long> told_at;
  std::optional<Time> told;
  for (auto now = kEnd - lifetime; now < kEnd + 24h; now += 1h) {
    if (!reminder_due(kEnd, lifetime, told, now)) continue;
    told = now;
    told_at.push_back(std::chrono::floor<days>(kEnd - now).count());
  }
  return told_at;
}

TEST(Reminders, OfALongCertificateStartWeeksBeforeAndAreDailyInTheLastWeek) {
  EXPECT_EQ(days_told(days{180}), (std::vector<long>{60, 30, 15, 7, 6, 5, 4, 3, 2, 1}));
}

TEST(Reminders, OfAShortOneStartAtItsThird) { EXPECT_EQ(days_told(days{6}), (std::vector<long>{2, 1, 0})); }

TEST(Reminders, AfterALongSilenceOnlyTheLastIsGiven) {
  const auto now = kEnd - days{3} + 1h;
  EXPECT_EQ(reminder_due(kEnd, days{180}, {}, now), kEnd - days{3});
  EXPECT_EQ(reminder_due(kEnd, days{180}, kEnd - days{20}, now), kEnd - days{3});
  EXPECT_EQ(reminder_due(kEnd, days{180}, now, now), std::nullopt);
}

TEST(Reminders, TheNextOneIsKnown) {
  EXPECT_EQ(next_reminder(kEnd, days{180}, kEnd - days{100}), kEnd - days{60});
  EXPECT_EQ(next_reminder(kEnd, days{180}, kEnd - days{60}), kEnd - days{30});
  EXPECT_EQ(next_reminder(kEnd, days{180}, kEnd - 1h), std::nullopt);
  EXPECT_FALSE(time_to_remind(kEnd, days{180}, kEnd - days{60} - 1s));
  EXPECT_TRUE(time_to_remind(kEnd, days{180}, kEnd - days{60}));
}

}  // namespace
}  // namespace carillon::certs
