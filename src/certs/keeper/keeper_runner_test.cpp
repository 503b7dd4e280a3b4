// The keeper's threads, while others use the keeper.

#include "certs/keeper/keeper_runner.hpp"

#include "certs/keeper/testing/world.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace carillon::certs {
namespace {

using testing::KeeperWorld;

TEST(KeeperRunner, MayGoWhileSomebodyChangesNames) {
  constexpr int kRounds = 300;
  KeeperWorld world;
  world.keep("www.example.org", "manual");
  std::atomic<bool> is_over = false;
  // An operator's requests, which the end of the runner does not wait for: each notifies whoever waits for names.
  std::jthread changing{[&] {
    while (!is_over) world.keep("www.example.org", "manual");
  }};
  for (int i = 0; i < kRounds; ++i) {
    KeeperRunner runner{*world.keeper, world.clock, 1};
    runner.start();
  }
  is_over = true;
  changing.join();
  EXPECT_EQ(world.keeper->list().size(), 1U);
}

}  // namespace
}  // namespace carillon::certs
