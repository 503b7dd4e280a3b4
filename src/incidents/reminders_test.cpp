#include "incidents/reminders.hpp"

#include <gtest/gtest.h>

namespace carillon::incidents {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

const Time kBegin{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};

/// What is left at each reminder of a certificate that lives `lifetime`.
std::vector<std::chrono::hours> left(Duration lifetime) {
  std::vector<std::chrono::hours> hours;
  for (const auto time : reminder_times(kBegin, kBegin + lifetime))
    hours.push_back(std::chrono::duration_cast<std::chrono::hours>(kBegin + lifetime - time));
  return hours;
}

TEST(Reminders, ComeByFractionOfTheLifetimeAndDailyAtTheEnd) {
  using Hours = std::vector<std::chrono::hours>;
  EXPECT_EQ(left(days{200}), (Hours{720h, 360h, 180h, 168h, 144h, 120h, 96h, 72h, 48h, 24h}));
  EXPECT_EQ(left(days{90}), (Hours{720h, 360h, 180h, 168h, 144h, 120h, 96h, 72h, 48h, 24h}));
  EXPECT_EQ(left(days{84}), (Hours{672h, 336h, 168h, 144h, 120h, 96h, 72h, 48h, 24h})) << "two at one moment are one";
  EXPECT_EQ(left(days{6}), (Hours{48h, 24h, 12h}));
  EXPECT_EQ(left(12h), (Hours{4h, 2h, 1h}));
  EXPECT_TRUE(left(0h).empty());
  EXPECT_TRUE(left(-1h).empty());
}

TEST(Reminders, OfALongLifeDoNotBeginYearsBefore) {
  const Duration ten_years = days{3653};
  EXPECT_EQ(first_reminder(kBegin, kBegin + ten_years), kBegin + ten_years - days{30});
  EXPECT_EQ(left(ten_years), left(days{90}));
  EXPECT_EQ(reminder_times(kBegin, kBegin + ten_years, days{60}).front(), kBegin + ten_years - days{60}) << "as the operator likes it";
  EXPECT_EQ(next_reminder(kBegin, kBegin + ten_years, kBegin + ten_years - days{45}, {}, days{60}), kBegin + ten_years - days{60});
}

TEST(Reminders, EachIsGivenOnceOverAWholeLife) {
  const auto end = kBegin + days{90};
  std::vector<Time> reported;
  std::optional<Time> last;
  for (auto now = kBegin; now <= end + days{3}; now += 1h) {
    const auto next = next_reminder(kBegin, end, now, last);
    if (next && *next <= now) reported.push_back(*next), last = now;
  }
  EXPECT_EQ(reported, reminder_times(kBegin, end));
}

TEST(Reminders, OfThoseThatWereMissedOneIsLeft) {
  const auto end = kBegin + days{90};
  const auto now = end - days{10};  // 1/3 and 1/6 are past
  EXPECT_EQ(next_reminder(kBegin, end, now, {}), end - days{15});
  EXPECT_EQ(next_reminder(kBegin, end, now, now), end - 180h);
  EXPECT_EQ(next_reminder(kBegin, end, kBegin, {}), end - days{30});
  EXPECT_FALSE(next_reminder(kBegin, end, end, {})) << "what has expired is no reminder any more";
  EXPECT_FALSE(next_reminder(kBegin, end, end - 1h, end - days{1}));
}

TEST(Reminders, BeginWhenAThirdIsLeft) {
  for (const Duration lifetime : {Duration{days{200}}, Duration{days{6}}, Duration{3h}})
    EXPECT_EQ(first_reminder(kBegin, kBegin + lifetime), reminder_times(kBegin, kBegin + lifetime).front());
}

TEST(Reminders, WhoLooksLateHearsOnlyOfTheLastOne) {
  const auto end = kBegin + days{180}, now = end - days{3} + 1h;
  EXPECT_EQ(next_reminder(kBegin, end, now, {}), end - days{3});
  EXPECT_EQ(next_reminder(kBegin, end, now, end - days{20}), end - days{3});
  EXPECT_EQ(next_reminder(kBegin, end, now, now), end - days{2}) << "which is not due yet";
}

}  // namespace
}  // namespace carillon::incidents
