#include "certs/keeper/schedule/renewal_time.hpp"

#include "certs/keeper/schedule/issuance_times.hpp"

#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const Time kMade{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};

Validity living(Duration lifetime) { return {kMade, kMade + lifetime}; }

TEST(RenewalTime, IsAThirdOfTheLifetimeBeforeExpiry) {
  EXPECT_EQ(renewal_time("a", living(days{90}), {}), kMade + days{60});
  EXPECT_EQ(renewal_time("a", living(days{45}), {}), kMade + days{30});
}

TEST(RenewalTime, IsHalfTheLifetimeForShortLivedCertificates) {
  EXPECT_EQ(renewal_time("a", living(days{6}), {}), kMade + days{3});
  EXPECT_EQ(renewal_time("a", living(std::chrono::seconds{60}), {}), kMade + std::chrono::seconds{30});
  EXPECT_EQ(renewal_time("a", living(days{10}), {}), kMade + days{10} - Duration{days{10}} / 3);
}

TEST(RenewalTime, IsTheDrawnMomentInsideTheWindowOfTheCa) {
  const RenewalWindow window{"a", kMade + days{20}, kMade + days{22}, 0.25};
  EXPECT_EQ(renewal_time("a", living(days{90}), window), kMade + days{20} + hours{12});
}

TEST(RenewalTime, IgnoresAnAnswerAboutAnotherCertificate) {
  const RenewalWindow stale{"old", kMade - days{2}, kMade - days{1}, 0.5};
  EXPECT_EQ(renewal_time("new", living(days{90}), stale), kMade + days{60});
  EXPECT_EQ(renewal_time("", living(days{90}), RenewalWindow{"", kMade, kMade + days{1}, 0.5}), kMade + days{60})
      << "no identifier, nothing to bind to";
}

TEST(RenewalTime, DoesNotLetTheCaPutItOffBeyondTheEmergency) {
  const RenewalWindow late{"a", kMade + days{95}, kMade + days{99}, 0.5};
  EXPECT_EQ(renewal_time("a", living(days{90}), late), kMade + days{90} - Duration{days{90}} / 20);
}

TEST(RenewalTime, KeepsTimeForThreeIssuances) {
  // A window up to the very end, and a draw at its end: the twentieth of twenty seconds is one, and an issuance takes three.
  const auto validity = living(seconds{20});
  const RenewalWindow to_the_end{"a", kMade + seconds{10}, validity.not_after, 0.999999};
  EXPECT_LE(renewal_time("a", validity, to_the_end, seconds{3}), validity.not_after - seconds{9});
  // A minute, of which an issuance takes eight seconds.
  const auto minute = living(seconds{60});
  const RenewalWindow whole{"a", kMade, minute.not_after, 0.999999};
  EXPECT_LE(renewal_time("a", minute, whole, seconds{8}), minute.not_after - seconds{24});
  EXPECT_GT(renewal_time("a", minute, whole, seconds{8}), minute.not_after - seconds{25});
  // An hour, and a CA that takes ten minutes.
  const auto hour = living(hours{1});
  EXPECT_EQ(renewal_time("a", hour, RenewalWindow{"a", hour.not_after, hour.not_after + hours{1}, 0}, minutes{10}),
            hour.not_after - minutes{30});
  // Where nothing was measured, some seconds.
  EXPECT_LE(renewal_time("a", minute, whole, {}), minute.not_after - 3 * kShortestIssuance);
}

TEST(RenewalTime, NeverBeginsEarlierThanUsualForASlowIssuer) {
  EXPECT_EQ(reserve_of(living(seconds{20}), hours{1}), seconds{10});
  EXPECT_EQ(reserve_of(living(days{90}), days{40}), days{30});
  EXPECT_EQ(reserve_of(living(days{90}), minutes{10}), Duration{days{90}} / 20);
}

TEST(RenewalTime, SpreadsOverWhatIsLeftOfAWindow) {
  const auto hour = living(hours{1});
  const auto at = [&](double draw) { return renewal_time("a", hour, RenewalWindow{"a", kMade + minutes{30}, hour.not_after, draw}, {}); };
  EXPECT_EQ(at(0), kMade + minutes{30});
  EXPECT_LT(at(0.5), at(0.9));
  EXPECT_LT(at(0.9), at(0.99)) << "not all at the beginning of the reserve";
  EXPECT_LE(at(0.99), hour.not_after - minutes{3});
}

TEST(IssuanceTimes, RememberTheLongestOfTheLastOnes) {
  IssuanceTimes times;
  EXPECT_EQ(times.longest_of("first"), Duration{});
  times.took("first", hours{2});
  times.took("second", seconds{1});
  EXPECT_EQ(times.longest_of("first"), hours{2});
  EXPECT_EQ(times.longest_of("second"), seconds{1});
  for (std::size_t i = 0; i < IssuanceTimes::kRemembered; ++i) times.took("first", seconds{3});
  EXPECT_EQ(times.longest_of("first"), seconds{3}) << "one slow day is over";
}

TEST(RenewalTime, IsLateHalfWayToTheEnd) {
  EXPECT_EQ(late_after(kMade + days{60}, living(days{90})), kMade + days{75});
  EXPECT_EQ(late_after(kMade + days{3}, living(days{6})), kMade + days{4} + hours{12});
  EXPECT_EQ(late_after(kMade + days{95}, living(days{90})), kMade + days{90});
}

}  // namespace
}  // namespace carillon::certs
