// The runner: every job once, whatever number of nodes, whoever dies, whoever stops.

#include "base/testing/eventually.hpp"
#include "base/testing/testing.hpp"
#include "jobs/jobs_queries.hpp"
#include "jobs/node.hpp"
#include "jobs/schema.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <future>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace carillon::jobs {
namespace {

using carillon::testing::eventually;
using carillon::testing::ManualClock;
using carillon::testing::SeededRandom;
using carillon::testing::TemporaryFolder;
using namespace std::chrono_literals;

constexpr std::array kMigrations{db::Migration{1, "jobs", kJobsSchema}, db::Migration{2, "shares", kJobSharesSchema},
                                 db::Migration{3, "networks", kJobNetworksSchema}, db::Migration{4, "nodes", kNodesSchema}};

/// A handler that waits inside until it is let go; let go at the end in any case, so that a failed test ends.
class Gate {
 public:
  ~Gate() { open(); }
  void pass() {
    if (!entered_.exchange(true)) inside_.set_value();
    opened_.wait();
  }
  /// Whether somebody came in within the patience of a test.
  bool somebody_inside() { return inside_.get_future().wait_for(120s) == std::future_status::ready; }
  void open() {
    if (!open_.exchange(true)) open_promise_.set_value();
  }

 private:
  std::promise<void> inside_;
  std::promise<void> open_promise_;
  std::shared_future<void> opened_ = open_promise_.get_future().share();
  std::atomic<bool> entered_ = false;
  std::atomic<bool> open_ = false;
};

class RunnerTest : public ::testing::Test {
 protected:
  std::string add(std::string kind, std::string subject, std::optional<Time> run_at = {}) {
    return database_
        ->write_now([&](db::Session& session) {
          return enqueue(session, clock_, random_, {.kind = kind, .subject = subject, .network = "", .run_at = run_at});
        })
        .value();
  }
  Job job(std::string id) {
    return database_->read_now([&](db::Session& session) { return find(session, id); }).value().value();
  }

  TemporaryFolder folder_;
  ManualClock clock_;
  SeededRandom random_;
  std::unique_ptr<db::Database> database_ = db::Database::open(folder_.path() / "jobs.db", kMigrations).value();
};

TEST_F(RunnerTest, RunsWhatIsDueAndNothingElse) {
  const auto now = add("ring", "now");
  const auto later = add("ring", "later", clock_.now() + 1h);
  Runner runner{*database_, clock_, "a", 1};
  runner.handle("ring", [](const Job&, Progress&) -> Result<> { return {}; });
  runner.start();
  ASSERT_TRUE(eventually([&] { return job(now).state == State::done; }));
  EXPECT_EQ(job(now).progress, 1);
  EXPECT_EQ(job(now).finished, clock_.now());
  EXPECT_EQ(job(later).state, State::waiting);
  clock_.advance(1h);
  runner.wake();
  EXPECT_TRUE(eventually([&] { return job(later).state == State::done; }));
}

TEST_F(RunnerTest, TellsWhatHasBeenWritten) {
  const auto id = add("ring", "now");
  Gate gate;
  std::mutex mutex;
  std::vector<std::pair<State, double>> reported;
  const auto knows = [&](std::pair<State, double> wanted) {
    return eventually([&] {
      const std::lock_guard lock{mutex};
      return std::ranges::find(reported, wanted) != reported.end();
    });
  };
  Runner runner{*database_, clock_, "a", 1};
  runner.handle("ring", [&](const Job&, Progress& progress) -> Result<> {
    progress.report(0.5, "Ringing");
    gate.pass();
    return {};
  });
  runner.on_change([&](const std::string& changed) {
    const auto now = job(changed);
    const std::lock_guard lock{mutex};
    reported.emplace_back(now.state, now.progress);
  });
  runner.start();
  EXPECT_TRUE(knows({State::running, 0}));
  EXPECT_TRUE(knows({State::running, 0.5}));
  gate.open();
  EXPECT_TRUE(knows({State::done, 1}));
  runner.stop();
  EXPECT_EQ(job(id).state, State::done);
}

TEST_F(RunnerTest, TwoNodesRunEachJobExactlyOnce) {
  constexpr int kJobs = 200;
  for (int i = 0; i < kJobs; ++i) add("ring", std::to_string(i));
  std::mutex mutex;
  std::map<std::string, int> runs;
  std::atomic<int> ended = 0;
  const Handler count = [&](const Job& running, Progress&) -> Result<> {
    {
      const std::lock_guard lock{mutex};
      ++runs[running.subject];
    }
    ++ended;
    return {};
  };
  // Two openings of the file, as two processes have them.
  const auto second_opening = db::Database::open(folder_.path() / "jobs.db", kMigrations);
  ASSERT_TRUE(second_opening) << second_opening.error().message;
  Runner first{*database_, clock_, "a", 2};
  Runner second{**second_opening, clock_, "b", 2};
  first.handle("ring", count);
  second.handle("ring", count);
  first.start();
  second.start();
  const auto all_done = [&] {
    const auto jobs = database_->read_now([](db::Session& session) { return list(session, kJobs + 1); }).value();
    return std::ranges::all_of(jobs, [](const Job& each) { return each.state == State::done; });
  };
  EXPECT_TRUE(eventually([&] { return ended >= kJobs; }));
  EXPECT_TRUE(eventually(all_done));
  first.stop();
  second.stop();
  EXPECT_EQ(runs.size(), static_cast<std::size_t>(kJobs));
  EXPECT_TRUE(std::ranges::all_of(runs, [](const auto& entry) { return entry.second == 1; }));
}

TEST_F(RunnerTest, WhatFailsIsTriedAgainWithGrowingPauses) {
  const auto id = add("ring", "tower");
  Runner runner{*database_, clock_, "a", 1};
  runner.handle("ring", [](const Job&, Progress&) -> Result<> { return fail(ErrorKind::unavailable, "the rope is torn"); });
  runner.start();
  constexpr std::array<std::chrono::seconds, kMaxAttempts - 1> kExpected{10s, 1min, 5min, 30min, 1h, 1h, 1h, 1h, 1h, 1h, 1h};
  int attempt = 0;
  for (const auto pause : kExpected) {
    ++attempt;
    ASSERT_TRUE(eventually([&] {
      const auto found = job(id);
      return found.state == State::waiting && found.attempts == attempt;
    })) << attempt;
    EXPECT_EQ(job(id).run_at, clock_.now() + pause) << attempt;
    EXPECT_EQ(job(id).error, "the rope is torn");
    clock_.advance(pause);
    runner.wake();
  }
  ASSERT_TRUE(eventually([&] { return job(id).state == State::failed; }));
  EXPECT_EQ(job(id).attempts, kMaxAttempts);
}

TEST_F(RunnerTest, AnExceptionIsAFailureToBeTriedAgain) {
  const auto id = add("ring", "tower");
  Runner runner{*database_, clock_, "a", 1};
  runner.handle("ring", [](const Job&, Progress&) -> Result<> { throw std::runtime_error{"crack"}; });
  runner.start();
  ASSERT_TRUE(eventually([&] { return job(id).attempts == 1 && job(id).state == State::waiting; }));
  EXPECT_FALSE(job(id).error.empty());
  EXPECT_EQ(job(id).error.find("crack"), std::string::npos) << "publishers read it: what broke inside is for the log";
}

TEST_F(RunnerTest, WhatIsWrongForGoodFailsAtOnceAndCanBeRetried) {
  for (const auto kind : {ErrorKind::invalid, ErrorKind::not_found, ErrorKind::refused, ErrorKind::conflict, ErrorKind::too_large}) {
    std::atomic<bool> mended = false;
    const auto id = add("ring", std::string(name_of(kind)));
    Runner runner{*database_, clock_, "a", 1};
    runner.handle("ring", [&](const Job&, Progress&) -> Result<> {
      if (!mended) return fail(kind, "that is no bell");
      return {};
    });
    runner.start();
    ASSERT_TRUE(eventually([&] { return job(id).state == State::failed; }));
    EXPECT_EQ(job(id).attempts, 1);
    EXPECT_EQ(job(id).error, "that is no bell");
    mended = true;
    ASSERT_TRUE(database_->write_now([&](db::Session& session) { return retry(session, clock_, id); }));
    runner.wake();
    EXPECT_TRUE(eventually([&] { return job(id).state == State::done; }));
  }
}

TEST_F(RunnerTest, ADeadNodesJobIsTakenOverWhenItsLeaseEndsAndNotBefore) {
  const auto id = add("ring", "tower");
  Gate gate;
  Runner dead{*database_, clock_, "a", 1};
  dead.handle("ring", [&](const Job&, Progress&) -> Result<> {
    gate.pass();
    return fail(ErrorKind::invalid, "said too late to count");
  });
  dead.start();
  ASSERT_TRUE(gate.somebody_inside());

  std::atomic<int> taken_over = 0;
  Runner second{*database_, clock_, "b", 1};
  second.handle("ring", [&](const Job& running, Progress&) -> Result<> {
    if (running.subject == "tower") ++taken_over;
    return {};
  });
  const auto other = add("ring", "chapel");
  second.start();
  ASSERT_TRUE(eventually([&] { return job(other).state == State::done; }));
  EXPECT_EQ(taken_over, 0);
  // The dead node is not woken: it does not notice that the time for renewing has come.
  clock_.advance(kLease);
  second.wake();
  ASSERT_TRUE(eventually([&] { return job(id).state == State::done; }));
  EXPECT_EQ(taken_over, 1);
  gate.open();
  dead.stop();
  EXPECT_EQ(job(id).state, State::done);
}

TEST_F(RunnerTest, ALeaseIsRenewedWhileItsHandlerRuns) {
  const auto id = add("ring", "tower");
  Gate gate;
  Runner slow{*database_, clock_, "a", 1};
  slow.handle("ring", [&](const Job&, Progress& progress) -> Result<> {
    gate.pass();
    return progress.stopping() ? Result<>(fail(ErrorKind::internal, "lost")) : Result<>();
  });
  slow.start();
  ASSERT_TRUE(gate.somebody_inside());
  std::atomic<int> taken_over = 0;
  Runner second{*database_, clock_, "b", 1};
  second.handle("ring", [&](const Job& running, Progress&) -> Result<> {
    if (running.id == id) ++taken_over;
    return {};
  });
  second.start();
  for (int i = 0; i < 4; ++i) {
    clock_.advance(kLease / 2);
    slow.wake();
    // The end of the lease as another node sees it.
    ASSERT_TRUE(eventually([&] {
      const auto next = database_->read_now([&](db::Session& session) { return next_due(session, std::vector<std::string>{"ring"}, "b"); });
      return next && *next == clock_.now() + kLease;
    }));
    const auto probe = add("ring", "probe" + std::to_string(i));
    second.wake();
    ASSERT_TRUE(eventually([&] { return job(probe).state == State::done; }));
    EXPECT_EQ(taken_over, 0);
  }
  gate.open();
  EXPECT_TRUE(eventually([&] { return job(id).state == State::done; }));
  EXPECT_EQ(job(id).attempts, 1);
}

TEST_F(RunnerTest, StoppingFreesTheLeaseAndDoesNotCountTheAttempt) {
  const auto id = add("ring", "tower");
  std::atomic<bool> inside = false;
  Runner runner{*database_, clock_, "a", 1};
  runner.handle("ring", [&](const Job&, Progress& progress) -> Result<> {
    inside = true;
    (void)eventually([&] { return progress.stopping(); });
    return fail(ErrorKind::unavailable, "the server stops");
  });
  runner.start();
  ASSERT_TRUE(eventually([&] { return inside.load(); }));
  runner.stop();
  EXPECT_EQ(job(id).state, State::waiting);
  EXPECT_EQ(job(id).attempts, 0);
  EXPECT_EQ(job(id).run_at, clock_.now()) << "due at once when the server is back";

  inside = false;
  runner.start();
  EXPECT_TRUE(eventually([&] { return inside.load(); })) << "a runner can be started again";
}

TEST_F(RunnerTest, WhatEndsWellWhileStoppingIsDone) {
  const auto id = add("ring", "tower");
  std::atomic<bool> inside = false;
  Runner runner{*database_, clock_, "a", 1};
  runner.handle("ring", [&](const Job&, Progress& progress) -> Result<> {
    inside = true;
    (void)eventually([&] { return progress.stopping(); });
    return {};
  });
  runner.start();
  ASSERT_TRUE(eventually([&] { return inside.load(); }));
  runner.stop();
  EXPECT_EQ(job(id).state, State::done);
}

TEST_F(RunnerTest, ANewLifeOfTheSameNodeRunsWhatTheOldOneHeld) {
  const auto id = add("ring", "tower");
  Gate gate;
  Runner dead{*database_, clock_, "a", 1};
  dead.handle("ring", [&](const Job&, Progress&) -> Result<> {
    gate.pass();
    return fail(ErrorKind::invalid, "said too late to count");
  });
  dead.start();
  ASSERT_TRUE(gate.somebody_inside());
  Runner reborn{*database_, clock_, "a", 1};
  reborn.handle("ring", [](const Job&, Progress&) -> Result<> { return {}; });
  reborn.start();
  ASSERT_TRUE(eventually([&] { return job(id).state == State::done; })) << "without waiting for the lease to end";
  EXPECT_EQ(job(id).attempts, 2) << "perhaps the job is what ended the server: the attempt counts";
  gate.open();
  dead.stop();
  EXPECT_EQ(job(id).state, State::done);
}

TEST_F(RunnerTest, AStartFreesWhatFormerLivesOfItsNodeHeldAndNobodyElses) {
  const auto own = add("ring", "tower");
  clock_.advance(1s);  // due first, and so taken first
  const auto others = add("ring", "chapel");
  const std::array<std::string, 1> kinds{"ring"};
  ASSERT_TRUE(database_->write_now([&](db::Session& session) -> Result<> {
    for (const auto* life : {"a/1", "b/1"}) {
      if (auto taken = take(session, kinds, life, clock_.now(), clock_.now() + kLease); !taken) return forward_error(taken);
    }
    return {};
  }));
  ASSERT_EQ(job(own).state, State::running);
  ASSERT_EQ(job(others).state, State::running);
  const auto of_this_life = add("toll", "tower");
  const std::array<std::string, 1> tolls{"toll"};
  ASSERT_TRUE(database_->write_now([&](db::Session& session) { return take(session, tolls, "a/2", clock_.now(), clock_.now() + kLease); }));
  Runner reborn{*database_, clock_, "a/2", 1};
  reborn.handle("ring", [](const Job&, Progress&) -> Result<> { return {}; });
  reborn.start();
  EXPECT_EQ(job(of_this_life).state, State::running) << "another runner of the same life is at it";
  ASSERT_TRUE(eventually([&] { return job(own).state == State::done; })) << "without waiting for the lease to end";
  EXPECT_EQ(job(others).state, State::running) << "b may be alive";
}

TEST_F(RunnerTest, AnotherNodesJobIsLeftAloneWhileThatNodeLivesWhateverTheClocksSay) {
  const auto id = add("ring", "tower");
  const std::array<std::string, 1> kinds{"ring"};
  const auto node = Node::begin(*database_, clock_, {.name = "a", .place = "here"}).value();
  // b's clock is further ahead than any lease is long.
  const auto ahead = clock_.now() + 2 * kLease;
  const auto take_as = [&](const std::string& life, Time now) {
    return database_->write_now([&](db::Session& session) { return take(session, kinds, life, now, now + kLease); }).value();
  };
  ASSERT_TRUE(take_as(node->life(), clock_.now()));
  EXPECT_FALSE(take_as("b/1", ahead));
  EXPECT_FALSE(database_->read_now([&](db::Session& session) { return next_due(session, kinds, "b/1"); }).value());
  node->stop();
  const auto taken = take_as("b/1", ahead);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->job.id, id);
}

TEST_F(RunnerTest, TheJobOfAnEndedNodeIsFreeAtOnceWhateverTheClocksSay) {
  const auto id = add("ring", "tower");
  const std::array<std::string, 1> kinds{"ring"};
  const auto node = Node::begin(*database_, clock_, {.name = "a", .place = "here"}).value();
  const auto take_as = [&](const std::string& life, Time now) {
    return database_->write_now([&](db::Session& session) { return take(session, kinds, life, now, now + kLease, {.most_of_share = 1}); })
        .value();
  };
  // a's clock is two hours ahead, and so is the end of its lease.
  ASSERT_TRUE(take_as(node->life(), clock_.now() + 2h));
  EXPECT_FALSE(take_as("b/1", clock_.now()));
  node->stop();
  const auto due = database_->read_now([&](db::Session& session) { return next_due(session, kinds, "b/1"); }).value();
  ASSERT_TRUE(due);
  EXPECT_LE(*due, clock_.now());
  const auto taken = take_as("b/1", clock_.now());
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->job.id, id);
}

TEST_F(RunnerTest, ProgressIsWrittenWhileTheHandlerRuns) {
  const auto id = add("ring", "tower");
  Gate gate;
  Runner runner{*database_, clock_, "a", 1};
  runner.handle("ring", [&](const Job&, Progress& progress) -> Result<> {
    for (int i = 0; i < 10'000; ++i) progress.report(i / 20'000.0, "climbing");
    progress.report(0.5, "ringing");
    gate.pass();
    return {};
  });
  runner.start();
  EXPECT_TRUE(eventually([&] { return job(id).progress == 0.5 && job(id).doing == "ringing"; }))
      << "the last word is written, however many there were";
  gate.open();
  ASSERT_TRUE(eventually([&] { return job(id).state == State::done; }));
  EXPECT_EQ(job(id).doing, "");
}

TEST_F(RunnerTest, AKindWithoutHandlerIsLeftToOthers) {
  const auto other = add("tune", "tower", clock_.now() - 1h);
  const auto id = add("ring", "tower");
  Runner runner{*database_, clock_, "a", 1};
  runner.handle("ring", [](const Job&, Progress&) -> Result<> { return {}; });
  runner.start();
  ASSERT_TRUE(eventually([&] { return job(id).state == State::done; }));
  EXPECT_EQ(job(other).state, State::waiting);
}

TEST_F(RunnerTest, APromptJobWaitsForNoPatientOne) {
  Gate gate;
  std::atomic<int> rung = 0;
  Runner runner{*database_, clock_, "a", 1};
  runner.handle("encode", [&](const Job&, Progress&) -> Result<> {
    gate.pass();
    return {};
  });
  runner.handle(
      "ring",
      [&](const Job&, Progress&) -> Result<> {
        ++rung;
        return {};
      },
      Pace::prompt);
  add("encode", "long");
  add("encode", "longer");
  runner.start();
  ASSERT_TRUE(gate.somebody_inside());
  const auto id = add("ring", "bell");
  runner.wake();
  EXPECT_TRUE(eventually([&] { return job(id).state == State::done; })) << "the only thread for patient jobs is taken";
  EXPECT_EQ(rung, 1);
  gate.open();
}

TEST_F(RunnerTest, OneSharesJobsNeverHoldEveryThread) {
  Gate gate;
  std::atomic<int> inside = 0;
  Runner runner{*database_, clock_, "a", 2};
  runner.handle("encode", [&](const Job& job, Progress&) -> Result<> {
    if (job.payload == "long") {
      ++inside;
      gate.pass();
    }
    return {};
  });
  const auto add_for = [&](const std::string& share, const std::string& subject, const std::string& payload) {
    return database_
        ->write_now([&](db::Session& session) {
          return enqueue(session, clock_, random_,
                         {.kind = "encode", .subject = subject, .network = share, .payload = payload, .share = share});
        })
        .value();
  };
  for (int i = 0; i < 10; ++i) add_for("greedy", "g" + std::to_string(i), "long");
  runner.start();
  ASSERT_TRUE(eventually([&] { return inside >= 2; }));
  // Every thread that greedy may have is held, and they do not let go.
  for (const std::string share : {"modest", "humble"}) {
    const auto id = add_for(share, share, "short");
    runner.wake();
    EXPECT_TRUE(eventually([&] { return job(id).state == State::done; })) << share;
  }
  EXPECT_EQ(inside, 2) << "however many threads there are";
  gate.open();
}

TEST_F(RunnerTest, APromptJobIsNeverGivenUp) {
  std::atomic<int> tries = 0;
  Runner runner{*database_, clock_, "a", 1};
  runner.handle(
      "ring",
      [&](const Job&, Progress&) -> Result<> {
        if (++tries <= 3 * kMaxAttempts) return fail(ErrorKind::no_space, "the tower is full");
        return {};
      },
      Pace::prompt);
  const auto id = add("ring", "bell");
  runner.start();
  for (int seen = 1; seen <= 3 * kMaxAttempts; ++seen) {
    ASSERT_TRUE(eventually([&] { return tries >= seen && job(id).state == State::waiting; })) << seen;
    EXPECT_EQ(job(id).run_at, clock_.now() + kPromptPause);
    clock_.advance(kPromptPause);
    runner.wake();
  }
  EXPECT_TRUE(eventually([&] { return job(id).state == State::done; }));
}

}  // namespace
}  // namespace carillon::jobs
