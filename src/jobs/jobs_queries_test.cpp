// The table of jobs: what waits, who may take it, and that only the holder of a lease changes a running job.

#include "jobs/jobs_queries.hpp"

#include "base/testing/testing.hpp"
#include "jobs/schema.hpp"

#include <gtest/gtest.h>

#include <array>

namespace carillon::jobs {
namespace {

using carillon::testing::ManualClock;
using carillon::testing::SeededRandom;
using carillon::testing::TemporaryFolder;
using namespace std::chrono_literals;

constexpr std::array kMigrations{db::Migration{1, "jobs", kJobsSchema}, db::Migration{2, "shares", kJobSharesSchema},
                                 db::Migration{3, "networks", kJobNetworksSchema}, db::Migration{4, "nodes", kNodesSchema}};

class JobsQueries : public ::testing::Test {
 protected:
  /// `query` in a transaction of its own.
  template <class Query>
  auto ask(Query query) {
    return database_->write_now(query);
  }
  std::string add(std::string kind, std::string subject, std::string payload = "{}", std::optional<Time> run_at = {}) {
    return ask([&](db::Session& session) {
             return enqueue(session, clock_, random_,
                            {.kind = kind, .subject = subject, .network = "", .payload = payload, .run_at = run_at});
           })
        .value();
  }
  void add_for(std::string share, std::string subject) {
    ASSERT_TRUE(ask([&](db::Session& session) {
      return enqueue(session, clock_, random_, {.kind = "ring", .subject = subject, .network = share, .share = share});
    }));
    clock_.advance(1s);
  }
  /// The subject of what is taken next.
  std::string next_subject(Turns turns = {}) {
    const auto taken =
        ask([&](db::Session& session) { return take(session, kKinds, "a", clock_.now(), clock_.now() + 10h, turns); }).value();
    return taken ? taken->job.subject : "";
  }
  Taken running(const std::string& subject) {
    for (auto& taken : ask([&](db::Session& session) { return held_before(session, "a"); }).value()) {
      if (taken.job.subject == subject) return taken;
    }
    ADD_FAILURE() << subject << " does not run";
    return {};
  }
  std::optional<Taken> take_as(std::string owner) {
    return ask([&](db::Session& session) { return take(session, kKinds, owner, clock_.now(), clock_.now() + kLease); }).value();
  }
  std::optional<Time> next_for(std::string owner) {
    return ask([&](db::Session& session) { return next_due(session, kKinds, owner); }).value();
  }
  bool back(const Taken& taken, Time run_at, std::string error, bool counted) {
    return ask([&](db::Session& session) { return put_back(session, taken.job.id, taken.lease, clock_.now(), run_at, error, counted); })
        .value();
  }
  bool failed(const Taken& taken, std::string error) {
    return ask([&](db::Session& session) { return finish_failed(session, taken.job.id, taken.lease, clock_.now(), error); }).value();
  }
  bool done(const Taken& taken) {
    return ask([&](db::Session& session) { return finish_done(session, taken.job.id, taken.lease, clock_.now()); }).value();
  }
  Result<> try_again(std::string id) {
    return ask([&](db::Session& session) { return retry(session, clock_, id); });
  }
  Job job(std::string id) {
    return ask([&](db::Session& session) { return find(session, id); }).value().value();
  }

  static inline const std::vector<std::string> kKinds{"ring", "tune"};
  TemporaryFolder folder_;
  ManualClock clock_;
  SeededRandom random_;
  std::unique_ptr<db::Database> database_ = db::Database::open(folder_.path() / "jobs.db", kMigrations).value();
};

TEST_F(JobsQueries, AJobIsFoundAsItWasAdded) {
  const auto id = add("ring", "tower", R"({"bell":"größte"})", clock_.now() + 1h);
  const auto found = job(id);
  EXPECT_EQ(found.id, id);
  EXPECT_EQ(found.kind, "ring");
  EXPECT_EQ(found.subject, "tower");
  EXPECT_EQ(found.payload, R"({"bell":"größte"})");
  EXPECT_EQ(found.state, State::waiting);
  EXPECT_EQ(found.attempts, 0);
  EXPECT_EQ(found.run_at, clock_.now() + 1h);
  EXPECT_EQ(found.created, clock_.now());
  EXPECT_FALSE(found.finished);
  EXPECT_FALSE(ask([](db::Session& session) { return find(session, "nobody"); }).value());
}

TEST_F(JobsQueries, AWaitingJobIsReplacedUnderItsId) {
  const auto first = add("ring", "tower", "1", clock_.now() + 1h);
  const auto second = add("ring", "tower", "2", clock_.now() + 2h);
  EXPECT_EQ(first, second);
  EXPECT_EQ(job(first).payload, "2");
  EXPECT_EQ(job(first).run_at, clock_.now() + 2h);
  EXPECT_NE(add("ring", "chapel"), first);
  EXPECT_NE(add("tune", "tower"), first);
}

TEST_F(JobsQueries, AReplacedJobStartsCountingAnew) {
  const auto id = add("ring", "tower");
  ASSERT_TRUE(back(*take_as("a"), clock_.now() + 1h, "torn", true));
  EXPECT_EQ(job(id).attempts, 1);
  EXPECT_EQ(add("ring", "tower"), id);
  EXPECT_EQ(job(id).attempts, 0);
  EXPECT_EQ(job(id).error, "");
  EXPECT_EQ(job(id).run_at, clock_.now());
}

TEST_F(JobsQueries, TheListIsNewestFirstAndLimited) {
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) {
    ids.push_back(add("ring", std::to_string(i)));
    clock_.advance(1s);
  }
  const auto listed = ask([](db::Session& session) { return list(session, 3); }).value();
  ASSERT_EQ(listed.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(listed[i].id, ids[3 - i]);
}

TEST_F(JobsQueries, TheCountTellsWhatWaitsRunsAndFailed) {
  for (const auto* subject : {"one", "two", "three", "four"}) add("ring", subject);
  const auto done = take_as("a"), failed = take_as("a");
  ASSERT_TRUE(take_as("a"));
  ASSERT_TRUE(ask([&](db::Session& session) { return finish_done(session, done->job.id, done->lease, clock_.now()); }).value());
  ASSERT_TRUE(ask([&](db::Session& session) { return finish_failed(session, failed->job.id, failed->lease, clock_.now(), "no"); }).value());
  const auto counts = ask([](db::Session& session) { return count(session); }).value();
  EXPECT_EQ(counts.waiting, 1);
  EXPECT_EQ(counts.running, 1);
  EXPECT_EQ(counts.failed, 1);
}

TEST_F(JobsQueries, OnlyWhatIsDueAndOfAKnownKindIsTakenTheOldestFirst) {
  add("bake", "bread");
  const auto later = add("ring", "later", "{}", clock_.now() + 1h);
  const auto second = add("ring", "second", "{}", clock_.now() - 1s);
  const auto first = add("tune", "first", "{}", clock_.now() - 2s);
  EXPECT_EQ(take_as("a")->job.id, first);
  EXPECT_EQ(take_as("a")->job.id, second);
  EXPECT_FALSE(take_as("a"));
  EXPECT_EQ(next_for("a"), clock_.now() + 1h);
  EXPECT_EQ(job(later).state, State::waiting);
}

TEST_F(JobsQueries, AHeldLeaseIsRespectedAndAnEndedOneTakenOver) {
  add("ring", "tower");
  const auto lost = take_as("a").value();
  clock_.advance(kLease - 1us);
  EXPECT_FALSE(take_as("b"));
  EXPECT_EQ(next_for("b"), clock_.now() + 1us);
  EXPECT_FALSE(next_for("a")) << "nobody takes over from himself";
  clock_.advance(1us);
  EXPECT_FALSE(take_as("a")) << "nobody takes over from himself";
  const auto taken = take_as("b");
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->job.attempts, 2);

  // What the first holder says now changes nothing.
  EXPECT_FALSE(ask([&](db::Session& session) { return renew(session, lost.job.id, lost.lease, clock_.now() + 1h); }).value());
  EXPECT_FALSE(ask([&](db::Session& session) { return record_progress(session, lost.job.id, lost.lease, 0.5, "ringing"); }).value());
  EXPECT_FALSE(done(lost));
  EXPECT_FALSE(failed(lost, "no"));
  EXPECT_FALSE(back(lost, clock_.now(), "no", true));
  EXPECT_EQ(job(lost.job.id).state, State::running);
  EXPECT_EQ(job(lost.job.id).progress, 0);
  EXPECT_TRUE(done(*taken));
  EXPECT_FALSE(done(*taken)) << "done already";
}

TEST_F(JobsQueries, TheSameOwnersOlderTakeIsLostToo) {
  add("ring", "tower");
  const auto older = take_as("a").value();
  ASSERT_TRUE(back(older, clock_.now(), "", false));
  const auto newer = take_as("a").value();
  EXPECT_FALSE(done(older));
  EXPECT_TRUE(done(newer));
}

TEST_F(JobsQueries, RenewingKeepsOthersOut) {
  add("ring", "tower");
  const auto taken = take_as("a").value();
  clock_.advance(kLease / 2);
  ASSERT_TRUE(ask([&](db::Session& session) { return renew(session, taken.job.id, taken.lease, clock_.now() + kLease); }).value());
  clock_.advance(kLease / 2);
  EXPECT_FALSE(take_as("b"));
}

TEST_F(JobsQueries, NoTwoOfOneKindAndSubjectRunAtOnce) {
  add("ring", "tower");
  const auto running = take_as("a").value();
  const auto newer = add("ring", "tower");
  EXPECT_NE(newer, running.job.id);
  EXPECT_FALSE(take_as("b"));
  EXPECT_EQ(next_for("b"), clock_.now() + kLease) << "a job that has to wait for another must not be looked at again and again";
  ASSERT_TRUE(done(running));
  EXPECT_EQ(take_as("b")->job.id, newer);
}

TEST_F(JobsQueries, WhatIsPutBackYieldsToANewerOne) {
  const auto older = add("ring", "tower");
  const auto running = take_as("a").value();
  const auto newer = add("ring", "tower");
  ASSERT_TRUE(back(running, clock_.now() + 10s, "The rope is torn.", true));
  EXPECT_EQ(job(older).state, State::failed);
  EXPECT_NE(job(older).error.find("The rope is torn. "), std::string::npos) << job(older).error;
  EXPECT_NE(job(older).error.find(newer), std::string::npos) << job(older).error;
  EXPECT_EQ(job(newer).state, State::waiting);

  const auto again = try_again(older);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::conflict);
}

TEST_F(JobsQueries, AJobThatNeverComesToAnEndIsGivenUp) {
  const auto id = add("ring", "tower");
  for (int i = 0; i < kMaxAttempts; ++i) {
    ASSERT_TRUE(take_as(std::to_string(i))) << i;
    clock_.advance(kLease);
  }
  EXPECT_FALSE(take_as("last"));
  EXPECT_EQ(job(id).state, State::failed);
  EXPECT_EQ(job(id).finished, clock_.now());
  EXPECT_NE(job(id).error.find("12 times"), std::string::npos) << job(id).error;
}

TEST_F(JobsQueries, AFailedJobIsRetriedAtOnceAndOnlyThen) {
  const auto id = add("ring", "tower");
  EXPECT_EQ(try_again(id).error().kind, ErrorKind::conflict);
  const auto taken = take_as("a").value();
  EXPECT_EQ(try_again(id).error().kind, ErrorKind::conflict);
  ASSERT_TRUE(failed(taken, "that is no bell"));
  EXPECT_EQ(job(id).error, "that is no bell");
  EXPECT_EQ(job(id).finished, clock_.now());
  clock_.advance(1h);
  ASSERT_TRUE(try_again(id));
  EXPECT_EQ(job(id).state, State::waiting);
  EXPECT_EQ(job(id).attempts, 0);
  EXPECT_EQ(job(id).run_at, clock_.now());
  EXPECT_EQ(job(id).error, "");
  EXPECT_FALSE(job(id).finished);
  EXPECT_EQ(try_again(id).error().kind, ErrorKind::conflict) << "a second press of the button";
  EXPECT_EQ(try_again("nobody").error().kind, ErrorKind::not_found);
  EXPECT_EQ(take_as("a")->job.id, id);
}

TEST_F(JobsQueries, ARolledBackTransactionAddsNothing) {
  const auto refused = ask([&](db::Session& session) -> Result<std::string> {
    auto added = enqueue(session, clock_, random_, {.kind = "ring", .subject = "tower", .network = ""});
    if (!added) return added;
    return fail(ErrorKind::refused, "changed my mind");
  });
  EXPECT_FALSE(refused);
  EXPECT_TRUE(ask([](db::Session& session) { return list(session, 10); })->empty());
}

TEST_F(JobsQueries, EachIsANetworksOrTheMachines) {
  const auto add_of = [&](std::string network, std::string subject) {
    clock_.advance(1s);
    return ask([&](db::Session& session) {
             return enqueue(session, clock_, random_, {.kind = "ring", .subject = subject, .network = network});
           })
        .value();
  };
  const auto listed = [&](std::optional<std::string> network) {
    std::vector<std::string> ids;
    for (const auto& job : ask([&](db::Session& session) { return list(session, 10, network); }).value()) ids.push_back(job.id);
    return ids;
  };
  using Ids = std::vector<std::string>;
  const auto first = add_of("harbour", "one"), machines = add_of("", "two"), other = add_of("outside", "three"),
             second = add_of("harbour", "four");
  EXPECT_EQ(listed("harbour"), (Ids{second, first})) << "the newest first";
  EXPECT_EQ(listed("outside"), Ids{other});
  EXPECT_EQ(listed("nowhere"), Ids{});
  EXPECT_EQ(listed({}).size(), 4U);
  EXPECT_EQ(job(first).network, "harbour");
  EXPECT_EQ(job(machines).network, "");
  EXPECT_EQ(take_as("a")->job.network, "harbour");
  EXPECT_EQ(add_of("outside", "four"), second) << "it waits, and is replaced";
  EXPECT_EQ(job(second).network, "outside");
}

TEST_F(JobsQueries, SharesTakeTurns) {
  for (int i = 1; i <= 4; ++i) add_for("greedy", "g" + std::to_string(i));
  add_for("modest", "m1");
  add_for("modest", "m2");
  EXPECT_EQ(next_subject(), "g1") << "it came first";
  EXPECT_EQ(next_subject(), "m1") << "greedy has one running already";
  EXPECT_EQ(next_subject(), "g2");
  EXPECT_EQ(next_subject(), "m2");
  EXPECT_EQ(next_subject(), "g3") << "nobody else waits";
}

TEST_F(JobsQueries, ATurnIsDearerTheLongerTheEarlierOnesTook) {
  add_for("greedy", "long");
  add_for("modest", "short");
  EXPECT_EQ(next_subject(), "long");
  EXPECT_EQ(next_subject(), "short");
  clock_.advance(1min);
  EXPECT_TRUE(done(running("short")));
  clock_.advance(30min);
  EXPECT_TRUE(done(running("long")));
  // Greedy's come first, and modest had the later turn: but it used a minute against half an hour.
  add_for("greedy", "g2");
  for (int i = 1; i <= 2; ++i) add_for("modest", "m" + std::to_string(i));
  EXPECT_EQ(next_subject(), "m1");
  EXPECT_TRUE(done(running("m1")));
  EXPECT_EQ(next_subject(), "m2");
  EXPECT_TRUE(done(running("m2")));
  EXPECT_EQ(next_subject(), "g2");
  // What was used is forgotten after a while.
  EXPECT_TRUE(done(running("g2")));
  clock_.advance(2h);
  add_for("greedy", "g3");
  add_for("modest", "m3");
  EXPECT_EQ(next_subject(), "g3");
}

TEST_F(JobsQueries, NoShareHasMoreRunningThanItMay) {
  for (int i = 1; i <= 3; ++i) add_for("greedy", "g" + std::to_string(i));
  EXPECT_EQ(next_subject({.most_of_share = 2}), "g1");
  EXPECT_EQ(next_subject({.most_of_share = 2}), "g2");
  EXPECT_EQ(next_subject({.most_of_share = 2}), "");
  EXPECT_TRUE(done(running("g1")));
  EXPECT_EQ(next_subject({.most_of_share = 2}), "g3");
}

TEST_F(JobsQueries, TurnsForIdleSharesAreForThemAlone) {
  constexpr Turns kIdleShares{.most_of_share = 1, .only_of_shares = true};
  add_for("greedy", "g1");
  add_for("greedy", "g2");
  add("ring", "nobody's");
  EXPECT_EQ(next_subject(), "nobody's") << "the machine's own go first";
  EXPECT_EQ(next_subject(), "g1");
  EXPECT_EQ(next_subject(kIdleShares), "") << "greedy has one running";
  add_for("modest", "m1");
  EXPECT_EQ(next_subject(kIdleShares), "m1");
  EXPECT_EQ(next_subject(kIdleShares), "");
  EXPECT_EQ(next_subject(), "g2");
}

class JobsAfterAWrongClock : public JobsQueries, public ::testing::WithParamInterface<Duration> {};

TEST_P(JobsAfterAWrongClock, NothingWaitsForTheDifference) {
  const auto by = GetParam();
  const auto dated = add("tune", "dated", "{}", clock_.now() + by + 24h);
  clock_.advance(by);
  add("ring", "failed");
  const auto taken = take_as("one");
  ASSERT_TRUE(taken);
  ASSERT_TRUE(back(*taken, clock_.now() + 5min, "it failed", true));
  const auto soon = add("ring", "soon", "{}", clock_.now() + 1h);
  const auto held = add("ring", "held");
  ASSERT_EQ(take_as("one")->job.id, held);
  const auto was = clock_.now();
  clock_.set(was - by);
  ask([&](db::Session& session) -> Result<> {
    clock_set_back(session, {.was = was, .now = clock_.now()}, "tune");
    return {};
  }).value();
  EXPECT_EQ(job(taken->job.id).run_at, clock_.now() + 5min);
  EXPECT_EQ(job(soon).run_at, clock_.now() + 1h);
  EXPECT_EQ(job(dated).run_at, was + 24h) << "a date that somebody chose stays";
  EXPECT_LE(job(soon).created, clock_.now());
  clock_.advance(kLease);
  EXPECT_EQ(take_as("two").value().job.id, held) << "a lease is no longer than it can be";
}

INSTANTIATE_TEST_SUITE_P(ByAnHourTenDaysAndAYear, JobsAfterAWrongClock,
                         ::testing::Values(Duration{1h}, Duration{24h * 10}, Duration{24h * 365}));

}  // namespace
}  // namespace carillon::jobs
