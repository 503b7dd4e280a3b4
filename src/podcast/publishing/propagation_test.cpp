#include "podcast/publishing/propagation.hpp"

#include "base/testing/eventually.hpp"
#include "podcast/testing/catalogue_world.hpp"

#include <gtest/gtest.h>
#include <soci/soci.h>

#include <atomic>
#include <mutex>
#include <thread>

namespace carillon::podcast {
namespace {

using namespace std::chrono_literals;
using carillon::testing::eventually;

class PropagationTest : public ::testing::Test {
 protected:
  /// Commits a change of this name and has it brought to readers.
  void change(Propagation& propagation, const std::string& name) {
    testing::needed(world_.database->write_now([&](db::Session&) -> Result<> {
      world_.database->after_commit([&] {
        committed_.push_back(name);
        propagation.committed({.show_id = world_.show.id, .episode_id = name}, !name.starts_with("draft"));
      });
      return {};
    }));
    propagation.bring_now(world_.show.id);
  }
  void rename(const char* sql) {
    testing::needed(world_.database->write_now([sql](db::Session& session) -> Result<> {
      session << sql;
      return {};
    }));
  }
  void lose_database() { rename("ALTER TABLE shows RENAME TO lost"); }
  void mend_database() { rename("ALTER TABLE lost RENAME TO shows"); }

  testing::CatalogueWorld world_{1};
  std::vector<std::string> committed_;  ///< the writer's thread writes it
};

TEST_F(PropagationTest, TellsEveryChangeOnceAndInTheOrderOfTheCommitsWhateverFailsAndWhoeverBringsIt) {
  constexpr int kThreads = 4, kChanges = 40;
  std::mutex mutex;
  std::vector<std::string> reported;
  const auto count = [&] {
    const std::lock_guard lock{mutex};
    return reported.size();
  };
  {
    Propagation propagation{*world_.catalogue, {.first = 1ms, .longest = 5ms}};
    propagation.on_change([&](const Change& change) {
      const std::lock_guard lock{mutex};
      reported.push_back(change.episode_id);
    });
    {
      std::vector<std::jthread> publishers;
      for (int thread = 0; thread < kThreads; ++thread) {
        publishers.emplace_back([&, thread] {
          for (int number = 0; number < kChanges; ++number)
            change(propagation, (number % 5 == 0 ? "draft " : "episode ") + std::to_string(thread) + "." + std::to_string(number));
        });
      }
      for (int times = 0; times < 10; ++times) {
        lose_database();
        mend_database();
      }
    }
    EXPECT_TRUE(eventually([&] { return count() >= kThreads * kChanges; }));
    EXPECT_FALSE(propagation.is_behind(world_.show.id));
  }
  EXPECT_EQ(reported, committed_);
}

TEST_F(PropagationTest, EndsWhileAFeedIsBehind) {
  int reported = 0;
  {
    Propagation propagation{*world_.catalogue, {.first = 1ms, .longest = 1h}};
    propagation.on_change([&](const Change&) { ++reported; });
    lose_database();
    change(propagation, "episode");
    change(propagation, "draft");
    EXPECT_TRUE(propagation.is_behind(world_.show.id));
  }
  EXPECT_EQ(reported, 0);
}

TEST_F(PropagationTest, HoldsUpNoOtherShow) {
  std::vector<std::string> reported;
  Propagation propagation{*world_.catalogue, {.first = 1h, .longest = 1h}};
  propagation.on_change([&](const Change& change) { reported.push_back(change.show_id); });
  lose_database();
  change(propagation, "episode");
  mend_database();
  testing::needed(world_.database->write_now([&](db::Session&) -> Result<> {
    world_.database->after_commit([&] { propagation.committed({.show_id = "other"}, true); });
    return {};
  }));
  propagation.bring_now("other");
  EXPECT_EQ(reported, std::vector<std::string>{"other"});
  EXPECT_FALSE(propagation.is_behind("other"));
  EXPECT_TRUE(propagation.is_behind(world_.show.id));
  // The next change of the show brings both.
  change(propagation, "next");
  EXPECT_EQ(reported, (std::vector<std::string>{"other", world_.show.id, world_.show.id}));
}

}  // namespace
}  // namespace carillon::podcast
