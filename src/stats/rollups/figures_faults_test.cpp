// Figures after kills, full disks, restarts, torn and missing segments.

#include "stats/rollups/testing/figures_world.hpp"

#include "stats/log/segment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstring>
#include <random>
#include <thread>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace carillon::stats {
namespace {

using namespace std::chrono_literals;
using testing::FiguresWorld;
using ::testing::HasSubstr;
using testing::kApps;
using testing::needed;

class FiguresFaultsTest : public ::testing::Test, protected FiguresWorld {
 protected:
  FiguresFaultsTest() : FiguresWorld{3} {}
};

/// Runs `work` in a process of its own, which ends with it.
pid_t start(const auto& work) {
  const auto child = ::fork();
  if (child == 0) {
    // An exception would lead back into the tests, of which there is only one run.
    try {
      work();
    } catch (const std::exception& error) {
      ::fputs(error.what(), stderr);
      ::_exit(2);
    }
    ::_exit(0);
  }
  return child;
}

TEST_F(FiguresFaultsTest, AreTheSameAfterKillsAtAnyMoment) {
  std::mt19937 random{9};
  std::vector<Record> records;
  for (std::uint32_t number = 0; number < 4000; ++number) {
    auto record = request(number % 3, 1);
    std::memcpy(record.listener.data(), &number, sizeof number);
    record.time += number * 1s;
    records.push_back(record);
  }
  write(records);
  const auto once = needed(figures->count(day));
  const auto downloads = downloads_of_show();
  EXPECT_EQ(downloads, 4000);
  const auto began = std::chrono::steady_clock::now();
  needed(figures->count(day));
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began).count();
  // One database at a time: the child has its own.
  figures.reset();
  warehouse.reset();
  database.reset();
  for (int round = 0; round < 8; ++round) {
    const auto child = start([&] {
      open_as_child();
      for (;;) {
        if (!figures->count(day)) ::_exit(1);
      }
    });
    std::this_thread::sleep_for(std::chrono::microseconds{static_cast<long long>(random() % static_cast<std::uint64_t>(8 * took + 1))});
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "counting failed";
    open();
    ASSERT_EQ(downloads_of_show(), downloads) << "a day is replaced at once or not at all, round " << round;
    ASSERT_EQ(needed(figures->days(day, day + std::chrono::days{1})).at(0).digest, once.digest);
    figures.reset();
    warehouse.reset();
    database.reset();
  }
  open();
  EXPECT_EQ(needed(figures->count(day)).digest, once.digest);
}

TEST_F(FiguresFaultsTest, StayWhenTheDiskIsFull) {
  write({request(0, 1)});
  const auto once = needed(figures->count(day));
  std::vector<Record> records;
  for (std::uint32_t number = 2; number < 3000; ++number) {
    auto record = request(number % 3, 1);
    std::memcpy(record.listener.data(), &number, sizeof number);
    records.push_back(record);
  }
  write(records);
  figures.reset();
  warehouse.reset();
  database.reset();
  const auto child = start([&] {
    open_as_child();
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{64 * 1024, 64 * 1024};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const auto counted = figures->count(day);
    ::_exit(counted ? 1 : 0);
  });
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "it was counted without room for it";
  open();
  EXPECT_EQ(downloads_of_show(), 1);
  EXPECT_EQ(needed(figures->days(day, day + std::chrono::days{1})).at(0), once);
  needed(figures->count(day));
  EXPECT_EQ(downloads_of_show(), 2999);
}

TEST_F(FiguresFaultsTest, AreTheSameAfterARestartInTheMiddleOnTwoNodesAndCountedAgain) {
  std::vector<Record> records;
  for (std::uint8_t number = 0; number < 40; ++number) {
    auto record = request(number % 3U, number % 7);
    record.time += number * 1min;
    record.status = 206;
    record.first = ByteCount{number * 700'000U};
    record.sent = ByteCount{600'000};
    records.push_back(record);
  }
  write(records);
  const auto once = needed(figures->count(day));
  EXPECT_GT(downloads_of_show(), 0);
  EXPECT_EQ(needed(figures->count(day)).digest, once.digest);

  std::filesystem::remove_all(requests("a"));
  write({records.begin(), records.begin() + 13}, "a");
  open();
  write({records.begin() + 13, records.begin() + 29}, "b");
  write({records.begin() + 29, records.end()}, "a");
  EXPECT_EQ(needed(figures->count(day)).digest, once.digest);
}

TEST_F(FiguresFaultsTest, StayWhenTheLogIsGone) {
  write({request(0, 1), request(0, 2)});
  const auto once = needed(figures->count(day));
  std::filesystem::remove_all(requests("a"));
  const auto refused = figures->count(day);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("0 of the 2 requests"));
  EXPECT_EQ(downloads_of_show(), 2);
  EXPECT_EQ(needed(figures->days(day, day + std::chrono::days{1})).at(0), once);
}

TEST_F(FiguresFaultsTest, ReadATornSegmentUpToTheTear) {
  write({request(0, 1)});
  write({request(0, 2)});
  const auto newest = needed(segments_in(requests("a"))).back().path;
  std::filesystem::resize_file(newest, std::filesystem::file_size(newest) - 5);
  needed(figures->count(day));
  EXPECT_EQ(downloads_of_show(), 1);
}

}  // namespace
}  // namespace carillon::stats
