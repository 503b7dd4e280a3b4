#include "base/process/command.hpp"

#include "base/testing/eventually.hpp"
#include "base/testing/testing.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

namespace carillon {
namespace {

using namespace std::chrono_literals;

TEST(Command, MayPrintBytesThatAreNoText) {
  const auto ran = run_command({.command = {"/bin/sh", "-c", "printf 'bad \\377 byte'; exit 1"}});
  ASSERT_FALSE(ran);
  EXPECT_TRUE(ran.error().message.ends_with("; its output: bad \xEF\xBF\xBD byte.")) << ran.error().message;
}

TEST(Command, SaysHowItFailed) {
  const auto failed = run_command({.command = {"/bin/sh", "-c", "echo nginx: broken configuration >&2; exit 3"}, .within = 30s});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("status 3"), std::string::npos) << failed.error().message;
  EXPECT_NE(failed.error().message.find("nginx: broken configuration"), std::string::npos) << failed.error().message;
  EXPECT_FALSE(run_command({.command = {"/no/such/program"}, .within = 5s}));
}

TEST(Command, StopsWhenTheProgramStops) {
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = run_command({.command = {"/bin/sleep", "300"}, .within = 300s, .stop = stop.get_token()});
  ASSERT_FALSE(stopped);
  EXPECT_NE(stopped.error().message.find("Carillon is stopping"), std::string::npos) << stopped.error().message;
}

TEST(Command, StopsAtItsDeadlineWithAllItStarted) {
  const auto before = std::chrono::steady_clock::now();
  const auto stopped = run_command({.command = {"/bin/sh", "-c", "sleep 300 & sleep 300"}, .within = 1s});
  ASSERT_FALSE(stopped);
  EXPECT_NE(stopped.error().message.find("didn't finish within 1 s"), std::string::npos) << stopped.error().message;
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{100});
}

TEST(Command, KeepsTheEndOfALongOutput) {
  const auto failed =
      run_command({.command = {"/bin/sh", "-c", "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; exit 1"}, .within = 60s});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("line 19999"), std::string::npos);
  EXPECT_LT(failed.error().message.size(), 4096U);
}

TEST(Command, CannotOutliveItsDeadlineByWriting) {
  const auto before = std::chrono::steady_clock::now();
  const auto stopped = run_command({.command = {"/bin/sh", "-c", "yes & yes"}, .within = 1s});
  ASSERT_FALSE(stopped);
  EXPECT_NE(stopped.error().message.find("didn't finish within 1 s"), std::string::npos) << stopped.error().message;
  EXPECT_LT(stopped.error().message.size(), 4096U);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 100s);
}

TEST(Command, AddsToTheEnvironment) {
  ::setenv("CARILLON_TEST_REPLACED", "before", 1);
  const auto ran =
      run_command({.command = {"/bin/sh", "-c", "echo $CARILLON_TEST_REPLACED $CARILLON_TEST_ADDED $0; test -n \"$PATH\"", "a'b"},
                   .environment = {{"CARILLON_TEST_REPLACED", "after"}, {"CARILLON_TEST_ADDED", "$(no shell)"}},
                   .within = 30s});
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(*ran, "after $(no shell) a'b\n");
}

/// Killed; whether init has fetched its status yet is of no interest.
bool runs(pid_t process) {
  std::ifstream facts{"/proc/" + std::to_string(process) + "/stat"};
  const std::string text{std::istreambuf_iterator<char>{facts}, {}};
  return !text.empty() && text.find(") Z") == std::string::npos;
}

TEST(Command, EndsWhatHasASessionOfItsOwn) {
  // A child, and one whose parent has ended.
  for (const bool in_time : {false, true}) {
    const testing::TemporaryFolder folder;
    const auto file = (folder.path() / "ids").string();
    const auto how = in_time ? "exit 0" : "exec sleep 300";
    const auto ran =
        run_command({.command = {"/bin/sh", "-c",
                                 "setsid sleep 300 & echo $! >\"$0\"; (setsid sh -c 'echo $$ >>\"$0\"; exec sleep 300' \"$0\" &); "
                                 "until [ $(wc -l <\"$0\") = 2 ]; do sleep 0.05; done; " +
                                     std::string(how),
                                 file},
                     .within = in_time ? 60s : 2s,
                     .end_group = in_time});
    EXPECT_EQ(ran.has_value(), in_time);
    std::ifstream ids{file};
    int count = 0;
    for (pid_t id = 0; ids >> id; ++count) EXPECT_TRUE(testing::eventually([&] { return !runs(id); })) << id;
    EXPECT_EQ(count, 2);
  }
}

TEST(Command, CanEndWhatItLeftRunning) {
  const auto ran = run_command({.command = {"/bin/sh", "-c", "sleep 300 & echo $!"}, .within = 30s, .end_group = true});
  ASSERT_TRUE(ran) << ran.error().message;
  const auto left = static_cast<pid_t>(std::stol(*ran));
  EXPECT_TRUE(testing::eventually([&] { return !runs(left); }));
}

}  // namespace
}  // namespace carillon
