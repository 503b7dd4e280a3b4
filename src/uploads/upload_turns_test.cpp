#include "uploads/upload_turns.hpp"

#include "net/asio.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

namespace carillon::uploads {
namespace {

using namespace std::chrono_literals;
using Turn = UploadTurns::Turn;

/// What became of a request for a turn, on a loop that is run by the test.
struct Asked {
  std::optional<Result<Turn>> answer;
  std::shared_ptr<bool> told_to_give_way = std::make_shared<bool>(false);  ///< not in here: its asker's turn must not own itself
};

class UploadTurn : public ::testing::Test {
 protected:
  std::shared_ptr<Asked> ask(const std::string& id, std::chrono::milliseconds patience = 30s, const std::string& network = "bells") {
    auto asked = std::make_shared<Asked>();
    asio::co_spawn(
        loop,
        [this, asked, id, patience, network]() -> asio::awaitable<void> {
          asked->answer.emplace(co_await turns.take(id, network, [reported = asked->told_to_give_way] { *reported = true; }, patience));
        },
        asio::detached);
    run();
    return asked;
  }
  void run() {
    loop.restart();
    loop.poll();
  }
  UploadTurns turns{4, 2};
  asio::io_context loop;
};

TEST_F(UploadTurn, IsTheNewestOnesWhenTheOlderGivesWay) {
  const auto first = ask("a");
  ASSERT_TRUE(first->answer && *first->answer);
  const auto second = ask("a");
  EXPECT_TRUE(*first->told_to_give_way);
  EXPECT_FALSE(second->answer) << "not before the older is done";
  first->answer.reset();
  run();
  ASSERT_TRUE(second->answer && *second->answer);
  EXPECT_EQ((*second->answer)->id(), "a");
  const auto third = ask("a");
  EXPECT_TRUE(*second->told_to_give_way);
  second->answer.reset();
  run();
  EXPECT_TRUE(third->answer && *third->answer);
}

TEST_F(UploadTurn, IsNotWhoseWaitedWhenAStillNewerCame) {
  const auto first = ask("a"), second = ask("a"), third = ask("a");
  ASSERT_TRUE(second->answer);
  EXPECT_EQ(second->answer->error().kind, ErrorKind::conflict);
  EXPECT_FALSE(third->answer);
  first->answer.reset();
  run();
  EXPECT_TRUE(third->answer && *third->answer);
}

TEST_F(UploadTurn, IsNotWaitedForForEver) {
  const auto first = ask("a");
  const auto second = ask("a", 1ms);
  loop.restart();
  loop.run();  // until its patience is over
  ASSERT_TRUE(second->answer);
  EXPECT_EQ(second->answer->error().kind, ErrorKind::conflict);
  const auto third = ask("a");
  first->answer.reset();
  run();
  EXPECT_TRUE(third->answer && *third->answer) << "who gave up stands in nobody's way";
}

TEST_F(UploadTurn, IsTakenOfSoManyUploadsOfANetworkAtOnceAndNoMore) {
  const auto of = [&](const std::string& id, const std::string& network) { return ask(id, 30s, network); };
  const auto first = of("a", "greedy"), second = of("b", "greedy"), third = of("c", "greedy");
  EXPECT_TRUE(*first->answer && *second->answer);
  ASSERT_FALSE(*third->answer);
  EXPECT_EQ(third->answer->error().kind, ErrorKind::unavailable);
  EXPECT_NE(third->answer->error().message.find("Your network already has 2 uploads in progress"), std::string::npos);
  const auto other = of("d", "modest");
  EXPECT_TRUE(*other->answer) << "another network's share is its own";
  first->answer.reset();
  EXPECT_TRUE(*of("c", "greedy")->answer) << "what ended makes room";
}

TEST_F(UploadTurn, IsTakenOfSoManyUploadsInAllAndNoMore) {
  const auto of = [&](const std::string& id, const std::string& network) { return ask(id, 30s, network); };
  const auto first = of("a", "one"), second = of("b", "one"), third = of("c", "two"), fourth = of("d", "two"), fifth = of("e", "three");
  EXPECT_TRUE(*first->answer && *second->answer && *third->answer && *fourth->answer);
  EXPECT_EQ(fifth->answer->error().kind, ErrorKind::unavailable);
}

TEST(UploadTurns, AreHeldByOneAtATimeAcrossLoops) {
  constexpr int kThreads = 4, kTurns = 5000;
  UploadTurns turns{8, 8};
  std::atomic<int> inside = 0, taken = 0, overtaken = 0, overlaps = 0;
  const auto worker = [&]() -> asio::awaitable<void> {
    for (int k = 0; k < kTurns; ++k) {
      const auto turn = co_await turns.take("a", "bells", [] {}, 10s);
      if (!turn) {
        ++overtaken;
        continue;
      }
      if (++inside != 1) ++overlaps;
      co_await asio::post(asio::use_awaitable);
      --inside;
      ++taken;
    }
  };
  std::vector<std::thread> threads;
  for (int k = 0; k < kThreads; ++k)
    threads.emplace_back([&] {
      asio::io_context loop{1};
      asio::co_spawn(loop, worker(), asio::detached);
      loop.run();
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(overlaps, 0);
  EXPECT_EQ(taken + overtaken, kThreads * kTurns);
  EXPECT_GT(taken, 0);
}

}  // namespace
}  // namespace carillon::uploads
