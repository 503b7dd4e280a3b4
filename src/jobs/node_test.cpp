#include "jobs/node.hpp"

#include "base/testing/eventually.hpp"
#include "base/testing/testing.hpp"
#include "jobs/node_queries.hpp"
#include "jobs/repeater.hpp"
#include "jobs/schema.hpp"

#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace carillon::jobs {
namespace {

using carillon::testing::ManualClock;
using carillon::testing::TemporaryFolder;
using namespace std::chrono_literals;

constexpr std::array kMigrations{db::Migration{1, "nodes", kNodesSchema}};
constexpr auto kBeat = 20ms;
/// For a test that waits for the death of a life: short, since nothing is judged by how long it took.
constexpr auto kShort = 400ms;
/// For one in which nobody may seem dead, however busy the machine.
constexpr auto kLong = 5min;

/// Another process in the middle of a write.
class Hold {
 public:
  explicit Hold(const std::filesystem::path& file) : session_{soci::sqlite3, "db=\"" + file.string() + "\" timeout=60"} {
    session_ << "BEGIN IMMEDIATE";
  }

 private:
  soci::session session_;
};

class NodeTest : public ::testing::Test {
 protected:
  std::unique_ptr<Node> begin(const std::string& name, const std::string& place = "here", std::chrono::milliseconds dead_after = kLong) {
    return begun(name, place, dead_after).value();
  }
  Result<std::unique_ptr<Node>> begun(const std::string& name, const std::string& place, std::chrono::milliseconds dead_after = kLong) {
    return Node::begin(*database, clock, {.name = name, .place = place, .beat_every = kBeat, .dead_after = dead_after});
  }
  /// The life as a killed process leaves it.
  void leave_unended(const std::string& name, const std::string& place) {
    ASSERT_TRUE(database->write_now([&](db::Session& session) -> Result<> {
      queries::put_life(session, {.name = name, .generation = 1, .life = name + "/1", .place = place, .beat = 7}, clock.now());
      (void)queries::take_turn(session, "bells", name + "/1");
      return {};
    }));
  }

  std::int64_t beat_of(const std::string& name) {
    return database->read_now([&](db::Session& session) -> Result<std::int64_t> { return queries::node(session, name).value().beat; })
        .value();
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
  const auto b = begin("b", "here", kShort);
  b->start();
  EXPECT_TRUE(carillon::testing::eventually([turn = b->turn("bells")] { return turn.mine(); }));
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
  EXPECT_EQ(begin("a", "here", kShort)->life(), "a/2");
}

TEST_F(NodeTest, ALifeThatWasReplacedIsTold) {
  const auto first = begin("a");
  std::atomic<bool> lost = false;
  first->on_lost([&] { lost = true; });
  const auto turn = first->turn("bells");
  ASSERT_TRUE(turn.mine());
  const auto second = begin("a");  // as a process does that knows the one before to be gone
  first->start();
  EXPECT_TRUE(carillon::testing::eventually([&] { return lost.load(); }));
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
  // Beats of both, the later ones after b has seen a's.
  for (const auto* name : {"a", "b", "a", "b"}) {
    ASSERT_TRUE(carillon::testing::eventually([&, from = beat_of(name)] { return beat_of(name) > from + 1; }));
  }
  EXPECT_FALSE(b->turn("bells").mine());
  EXPECT_TRUE(a->turn("bells").mine());
}

TEST_F(NodeTest, ALifeThatCouldNotLookJudgesNobody) {
  const auto b = begin("b", "here", kShort);
  b->start();
  // Whatever keeps b from the database keeps a from it, too. The next beat of b must not note that a is silent; a later one does.
  bool was_spared = false;
  for (int round = 0; round < 20 && !was_spared; ++round) {
    leave_unended("a", "elsewhere");
    ASSERT_TRUE(carillon::testing::eventually([&, from = beat_of("b")] { return beat_of("b") > from + 1; }));
    const auto before = [&] {
      const Hold hold{folder_.path() / "test.db"};
      const auto long_since = std::chrono::steady_clock::now() + 2 * kShort;
      EXPECT_TRUE(carillon::testing::eventually([&] { return std::chrono::steady_clock::now() > long_since; }));
      return beat_of("b");
    }();
    ASSERT_TRUE(carillon::testing::eventually([&] {
      return database
          ->read_now([&](db::Session& session) -> Result<bool> {
            const bool a_goes_on = !queries::node(session, "a").value().ended;
            if (queries::node(session, "b").value().beat > before && a_goes_on) was_spared = true;
            return was_spared || !a_goes_on;
          })
          .value();
    }));
  }
  EXPECT_TRUE(was_spared);
  EXPECT_TRUE(carillon::testing::eventually([&] {
    return database->read_now([](db::Session& session) -> Result<bool> { return queries::node(session, "a").value().ended; }).value();
  }));
}

TEST_F(NodeTest, TheBeatIsNeverWhatAWriteWaitsFor) {
  const auto a = begin("a", "here", kShort);
  const auto turn = a->turn("bells");
  ASSERT_TRUE(turn.mine());
  a->start();
  // While another process holds the database, somebody wants to write. A beat that waited in front of that would be written first, each
  // time; one that only tries comes after it, unless it is just due.
  bool came_first = false;
  for (int round = 0; round < 50 && !came_first; ++round) {
    std::optional<Hold> hold{folder_.path() / "test.db"};
    ASSERT_TRUE(carillon::testing::eventually([&] { return !turn.mine(); })) << "beats have failed by now";
    const auto before = beat_of("a");
    std::int64_t seen = 0;
    std::thread somebody{[&] {
      EXPECT_TRUE(database->write_now([&](db::Session& session) -> Result<> {
        seen = queries::node(session, "a").value().beat;
        return {};
      }));
    }};
    hold.reset();
    somebody.join();
    came_first = seen == before;
    ASSERT_TRUE(carillon::testing::eventually([&] { return turn.mine(); })) << "the beat goes on";
  }
  EXPECT_TRUE(came_first);
}

TEST_F(NodeTest, ANodeThatIsAloneHasEveryTurnAndEndsWhatOthersLeft) {
  leave_unended("a", "elsewhere");
  const auto alone = Node::begin(*database, clock, {.name = "b", .place = "here", .alone = true}).value();
  alone->start();
  EXPECT_TRUE(alone->turn("bells").mine());
  EXPECT_TRUE(database->read_now([](db::Session& session) -> Result<bool> { return queries::node(session, "a").value().ended; }).value());
  EXPECT_EQ(begin("a")->life(), "a/2") << "without waiting for a sign of a/1";
  alone->stop();
  EXPECT_FALSE(alone->turn("bells").mine());
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
  ASSERT_TRUE(carillon::testing::eventually([&] { return looks > 3; }));
  EXPECT_EQ(rounds, 0);
  a->stop();
  EXPECT_TRUE(carillon::testing::eventually([&] { return rounds > 0; }));
}

}  // namespace
}  // namespace carillon::jobs
