#include "base/rare_line.hpp"

#include <gtest/gtest.h>

namespace carillon::log {
namespace {

using namespace std::chrono_literals;

/// What `act` writes to stderr.
template <class Act>
std::string said_by(Act act) {
  ::testing::internal::CaptureStderr();
  act();
  return ::testing::internal::GetCapturedStderr();
}

TEST(RareLine, SaysTheFirstAtOnceAndTheOthersOnceAMinuteWithTheirNumber) {
  RareLine line{Level::warning, "a stranger did it"};
  auto now = RareLine::Clock::now();
  EXPECT_NE(said_by([&] { line.note("one", now); }).find("a stranger did it times=1 last=one"), std::string::npos);
  EXPECT_EQ(said_by([&] {
              for (int i = 0; i < 1000; ++i) line.note("another", now += 10ms);
              line.flush(now);
            }),
            "");
  EXPECT_NE(said_by([&] { line.flush(now + 1min); }).find("times=1000 last=another"), std::string::npos);
  EXPECT_EQ(said_by([&] { line.flush(now + 5min); }), "") << "nothing happened since";
  EXPECT_NE(said_by([&] { line.note("later", now + 6min); }).find("times=1 last=later"), std::string::npos);
}

}  // namespace
}  // namespace carillon::log
