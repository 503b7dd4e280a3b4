#include "certs/keeper/schedule/renewal_time.hpp"

#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using std::chrono::days;
using std::chrono::hours;

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

TEST(RenewalTime, IsLateHalfWayToTheEnd) {
  EXPECT_EQ(late_after(kMade + days{60}, living(days{90})), kMade + days{75});
  EXPECT_EQ(late_after(kMade + days{3}, living(days{6})), kMade + days{4} + hours{12});
  EXPECT_EQ(late_after(kMade + days{95}, living(days{90})), kMade + days{90});
}

}  // namespace
}  // namespace carillon::certs
