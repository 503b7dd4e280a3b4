#include "jobs/node.hpp"

#include "base/testing/testing.hpp"
#include "jobs/node_queries.hpp"
#include "jobs/repeater.hpp"
#include "jobs/schema.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>

namespace carillon::jobs {
namespace {

using carillon::testing::ManualClock;
using carillon::testing::TemporaryFolder;
using namespace std::chrono_literals;

constexpr std::array kMigrations{db::Migration{1, "nodes", kNodesSchema}};
/// Short enough for a test that waits for the death of a life; nothing is judged by how long it took.
constexpr auto kBeat = 20ms;
constexpr auto kDead = 400ms;

class NodeTest : public ::testing::Test {
 protected:
  std::unique_ptr<Node> begin(const std::string& name, const std::string& place = "here") { return begun(name, place).value(); }
  Result<std::unique_ptr<Node>> begun(const std::string& name, const std::string& place) {
    return Node::begin(*database, clock, {.name = name, .place = place, .beat_every = kBeat, .dead_after = kDead});
  }
  /// Asks until it is so; a minute is longer than any busy machine takes.
  static ::testing::AssertionResult becomes(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + 1min;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return ::testing::AssertionFailure() << "not within a minute";
      std::this_thread::sleep_for(kBeat);
    }
    return ::testing::AssertionSuccess();
  }
  /// The life as a killed process leaves it.
  void leave_unended(const std::string& name, const std::string& place) {
    ASSERT_TRUE(database->write_now([&](db::Session& session) -> Result<> {
      queries::put_life(session, {.name = name, .generation = 1, .life = name + "/1", .place = place, .beat = 7}, clock.now());
      (void)queries::take_turn(session, "bells", name + "/1");
      return {};
    }));
  }

  TemporaryFolder folder_;
  ManualClock clock;
  std::unique_ptr<db::Database> database = db::Database::open(folder_.path() / "test.db", kMigrations).value();
};

TEST_F(NodeTest, EachLifeIsTheNextGeneration) {
  EXPECT_EQ(begin("a")->life(), "a/1");
  EXPECT_EQ(begin("a")->life(), "a/2");
  EXPECT_EQ(begin("b")->life(), "b/1");
}

TEST_F(NodeTest, NamesAreChecked) {
  for (const auto* good : {"a", "pod-1.example.org", "7"}) EXPECT_TRUE(is_node_name(good)) << good;
  for (const auto* bad : {"", "A", "a/1", "-a", "a b", "ä"}) EXPECT_FALSE(is_node_name(bad)) << bad;
  EXPECT_FALSE(is_node_name(std::string(65, 'a')));
  EXPECT_EQ(begun("A", "here").error().kind, ErrorKind::invalid);
}

TEST_F(NodeTest, LivesOfOneNodeAreToldFromThoseOfOthers) {
  EXPECT_TRUE(is_other_life_of_same_node("a/1", "a/2"));
  EXPECT_FALSE(is_other_life_of_same_node("a/2", "a/2"));
  EXPECT_FALSE(is_other_life_of_same_node("ab/1", "a/2"));
  EXPECT_FALSE(is_other_life_of_same_node("a", "a"));
}

TEST_F(NodeTest, OneNodeAtATimeHasATurnAndKeepsIt) {
  const auto a = begin("a"), b = begin("b");
  a->start();
  b->start();
  const auto of_a = a->turn("bells"), of_b = b->turn("bells");
  EXPECT_TRUE(of_a.mine());
  EXPECT_FALSE(of_b.mine());
  EXPECT_TRUE(b->turn("drums").mine());
  EXPECT_FALSE(a->turn("drums").mine());
  EXPECT_TRUE(of_a.mine());
}

TEST_F(NodeTest, AnEndedLifeGivesItsTurnsBackAtOnce) {
  auto a = begin("a");
  const auto b = begin("b");
  ASSERT_TRUE(a->turn("bells").mine());
  a->stop();
  EXPECT_FALSE(a->turn("bells").mine());
  EXPECT_TRUE(b->turn("bells").mine());
}

TEST_F(NodeTest, AStartTakesTheTurnsOfItsOwnFormerLivesAndOfNoOther) {
  leave_unended("a", "here");
  const auto b = begin("b", "there");
  EXPECT_FALSE(b->turn("bells").mine());  // a/1 may be alive
  const auto a = begin("a");
  EXPECT_EQ(a->life(), "a/2");
  EXPECT_TRUE(a->turn("bells").mine());
}

TEST_F(NodeTest, ASilentLifeIsNotedAsEndedByWhoeverWatchesIt) {
  leave_unended("a", "elsewhere");
  const auto b = begin("b");
  b->start();
  EXPECT_TRUE(becomes([turn = b->turn("bells")] { return turn.mine(); }));
}

TEST_F(NodeTest, ANameWhoseProcessBeatsElsewhereIsRefused) {
  const auto first = begin("a", "here");
  first->start();
  const auto second = begun("a", "there");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_EQ(second.error().field, "server.node");
  EXPECT_TRUE(first->turn("bells").mine());
}

TEST_F(NodeTest, ANameWhoseProcessIsSilentElsewhereIsTaken) {
  leave_unended("a", "elsewhere");
  EXPECT_EQ(begin("a")->life(), "a/2");
}

TEST_F(NodeTest, ALifeThatWasReplacedIsTold) {
  const auto first = begin("a");
  std::atomic<bool> lost = false;
  first->on_lost([&] { lost = true; });
  const auto turn = first->turn("bells");
  ASSERT_TRUE(turn.mine());
  const auto second = begin("a");  // as a process does that knows the one before to be gone
  first->start();
  EXPECT_TRUE(becomes([&] { return lost.load(); }));
  EXPECT_FALSE(turn.mine());
  EXPECT_TRUE(second->turn("bells").mine());
}

TEST_F(NodeTest, ClocksOfOthersAreNotBelieved) {
  const auto a = begin("a");
  a->start();
  ASSERT_TRUE(a->turn("bells").mine());
  clock.advance(std::chrono::hours{1});
  const auto b = begin("b");
  b->start();
  // So many beats of both that b would have noted a silent life.
  const auto beat_of_a = [&] {
    return database->read_now([](db::Session& session) -> Result<std::int64_t> { return queries::node(session, "a").value().beat; })
        .value();
  };
  const auto from = beat_of_a();
  ASSERT_TRUE(becomes([&] { return beat_of_a() > from + kDead / kBeat; }));
  EXPECT_FALSE(b->turn("bells").mine());
  EXPECT_TRUE(a->turn("bells").mine());
}

TEST_F(NodeTest, ARepeaterDoesNothingWhileAnotherNodeHasItsTurn) {
  auto a = begin("a");
  const auto b = begin("b");
  ASSERT_TRUE(a->turn("bells").mine());
  std::atomic<int> rounds = 0, looks = 0;
  const auto turn = b->turn("bells");
  Repeater repeater{clock, 5ms, Turn{[&] {
                      ++looks;
                      return turn.mine();
                    }},
                    [&]() -> std::optional<Time> {
                      ++rounds;
                      return {};
                    }};
  repeater.start();
  ASSERT_TRUE(becomes([&] { return looks > 3; }));
  EXPECT_EQ(rounds, 0);
  a->stop();
  EXPECT_TRUE(becomes([&] { return rounds > 0; }));
}

}  // namespace
}  // namespace carillon::jobs
