#include "announce/announcer.hpp"

#include "base/testing/eventually.hpp"
#include "podcast/testing/catalogue_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <thread>

namespace carillon::announce {
namespace {

using namespace std::chrono_literals;
using carillon::testing::eventually;
using podcast::testing::CatalogueWorld;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kHub = "https://hub.example.org/";
constexpr const char* kOther = "https://other.example.org/";

/// Hubs that answer as they are told, and remember what they heard.
class FakeHubs final : public http::Outgoing {
 public:
  Result<http::OutgoingAnswer> exchange(const http::OutgoingRequest& request) override {
    const std::lock_guard lock{mutex_};
    heard_.push_back(request);
    return answer_ ? answer_(request) : http::OutgoingAnswer{.status = 204, .fields = {}, .body = {}};
  }
  void answer(std::function<Result<http::OutgoingAnswer>(const http::OutgoingRequest&)> how) {
    const std::lock_guard lock{mutex_};
    answer_ = std::move(how);
  }
  std::size_t heard(std::string_view start) {
    const std::lock_guard lock{mutex_};
    return static_cast<std::size_t>(std::ranges::count_if(heard_, [&](const auto& request) { return request.url.starts_with(start); }));
  }
  http::OutgoingRequest last() {
    const std::lock_guard lock{mutex_};
    return heard_.back();
  }

 private:
  std::mutex mutex_;
  std::function<Result<http::OutgoingAnswer>(const http::OutgoingRequest&)> answer_;
  std::vector<http::OutgoingRequest> heard_;
};

class Announcing : public ::testing::Test {
 protected:
  /// As after a start with this configuration.
  void begin(AnnouncerSettings settings) {
    runner_ = std::make_unique<jobs::Runner>(*world_.database, world_.clock, "announcements", 2);
    announcer_ = std::make_unique<Announcer>(*world_.database, *runner_, hubs_, world_.clock, world_.random,
                                             podcast::Addresses{"https://pod.example.org"}, std::move(settings));
    announcer_->register_jobs();
  }
  void change() {
    ASSERT_TRUE(world_.database->write_now([&](db::Session& session) { return announcer_->note(session, world_.show.id); }));
    runner_->wake();
  }
  std::vector<jobs::Job> jobs() {
    return world_.database->read_now([](db::Session& session) { return jobs::list(session, 100); }).value();
  }
  std::size_t in_state(jobs::State state) {
    const auto all = jobs();
    return static_cast<std::size_t>(std::ranges::count(all, state, &jobs::Job::state));
  }
  void advance(Duration time) {
    world_.clock.advance(time);
    runner_->wake();
  }

  CatalogueWorld world_{1};
  FakeHubs hubs_;
  std::unique_ptr<jobs::Runner> runner_;
  std::unique_ptr<Announcer> announcer_;
};

TEST_F(Announcing, ManyChangesInAShortTimeAreOneForEachHub) {
  begin({.hubs = {kHub, kOther}, .podping = Podping{"https://podping.cloud/", "secret"}});
  runner_->start();
  for (int i = 0; i < 20; ++i) {
    change();
    world_.clock.advance(100ms);
  }
  EXPECT_EQ(in_state(jobs::State::waiting), 3U);
  EXPECT_EQ(jobs().front().run_at, world_.clock.now() - 2s + kGather) << "counted from the first change, not from the last";
  advance(kGather);
  ASSERT_TRUE(eventually([&] { return in_state(jobs::State::done) == 3; }));
  EXPECT_EQ(hubs_.heard(kHub), 1U);
  EXPECT_EQ(hubs_.heard(kOther), 1U);
  EXPECT_EQ(hubs_.heard("https://podping.cloud/?url=https%3A%2F%2Fpod.example.org%2Ffeeds%2Fdemo&reason=update&medium=podcast"), 1U);
  change();
  advance(kGather);
  ASSERT_TRUE(eventually([&] { return in_state(jobs::State::done) == 6; })) << "a later change is another announcement";
}

TEST_F(Announcing, EveryAddressOfAFeedIsATopicOfItsOwn) {
  begin({.hubs = {kHub}, .podping = Podping{"https://podping.cloud/", "secret"}, .rest = 0s});
  announcer_->also_at([](const podcast::Show& show) {
    return show.slug == "demo" ? std::vector<std::string>{"https://podcast.example.net/feed.xml"} : std::vector<std::string>{};
  });
  std::atomic<int> failing = 1;
  std::vector<std::string> topics;
  Mutex mutex;
  hubs_.answer([&](const http::OutgoingRequest& request) -> Result<http::OutgoingAnswer> {
    if (request.url == kHub && request.body.contains("podcast.example.net") && failing-- > 0)
      return fail(ErrorKind::unavailable, "https://hub.example.org didn't respond in time.");
    const Lock lock{mutex};
    topics.push_back(request.body.empty() ? request.url : request.body);
    return http::OutgoingAnswer{.status = 204, .fields = {}, .body = {}};
  });
  runner_->start();
  change();
  advance(kGather);
  ASSERT_TRUE(eventually([&] { return in_state(jobs::State::done) == 1 && in_state(jobs::State::waiting) == 1; }));
  ASSERT_TRUE(eventually([&] {
    advance(1s);
    return in_state(jobs::State::done) == 2;
  })) << "what one address missed is told again";
  const Lock lock{mutex};
  for (const auto* topic : {"hub.mode=publish&hub.url=https%3A%2F%2Fpod.example.org%2Ffeeds%2Fdemo",
                            "hub.mode=publish&hub.url=https%3A%2F%2Fpodcast.example.net%2Ffeed.xml",
                            "https://podping.cloud/?url=https%3A%2F%2Fpod.example.org%2Ffeeds%2Fdemo&reason=update&medium=podcast",
                            "https://podping.cloud/?url=https%3A%2F%2Fpodcast.example.net%2Ffeed.xml&reason=update&medium=podcast"})
    EXPECT_THAT(topics, ::testing::Contains(topic));
}

TEST_F(Announcing, NothingIsNotedOfAChangeThatIsRolledBack) {
  begin({.hubs = {kHub}, .podping = {}});
  (void)world_.database->write_now([&](db::Session& session) -> Result<> {
    (void)announcer_->note(session, world_.show.id);
    return fail(ErrorKind::refused, "no");
  });
  EXPECT_TRUE(jobs().empty());
}

TEST_F(Announcing, AHubThatIsDownHearsOfItWhenItIsBackAndHoldsUpNoOther) {
  begin({.hubs = {kHub, kOther}, .podping = {}});
  std::atomic<bool> down = true;
  hubs_.answer([&](const http::OutgoingRequest& request) -> Result<http::OutgoingAnswer> {
    if (down && request.url == kHub) return fail(ErrorKind::unavailable, "https://hub.example.org didn't respond in time.");
    return http::OutgoingAnswer{.status = 204, .fields = {}, .body = {}};
  });
  runner_->start();
  change();
  advance(kGather);
  ASSERT_TRUE(eventually([&] { return in_state(jobs::State::done) == 1 && in_state(jobs::State::waiting) == 1; }));
  EXPECT_EQ(hubs_.heard(kOther), 1U);
  const auto all = jobs();
  const auto waiting = std::ranges::find(all, jobs::State::waiting, &jobs::Job::state);
  EXPECT_THAT(waiting->error, HasSubstr("didn't respond in time"));
  EXPECT_EQ(waiting->attempts, 1);

  // A new change takes the place of what waits, and need not wait for the long pauses.
  down = false;
  change();
  EXPECT_EQ(in_state(jobs::State::waiting), 2U);
  const auto anew = jobs();
  for (const auto& job : anew) {
    if (job.state == jobs::State::waiting) EXPECT_EQ(job.attempts, 0);
  }
  EXPECT_EQ(anew.size(), 3U) << "one more, for the hub that had heard";
}

TEST_F(Announcing, WhoGaveNoAnswerIsNotAskedForTheNextShowAtOnce) {
  begin({.hubs = {kHub}, .podping = {}, .rest = std::chrono::hours{24}});
  hubs_.answer([](const http::OutgoingRequest&) { return fail(ErrorKind::unavailable, "no answer"); });
  auto second = world_.show;
  second.id = new_id(world_.clock, world_.random);
  second.slug = "second";
  second.guid = "second";
  ASSERT_TRUE(world_.database->write_now([&](db::Session& session) -> Result<> {
    podcast::queries::insert(session, second);
    return announcer_->note(session, second.id);
  }));
  runner_->start();
  advance(kGather);
  const auto is_told = [&](std::string_view why) {
    return eventually([&] {
      const auto all = jobs();
      return std::ranges::any_of(all, [why](const auto& job) { return job.error.contains(why); });
    });
  };
  // Another thread takes the next job: not before this one has noted that the hub gave no answer.
  ASSERT_TRUE(is_told("no answer"));
  EXPECT_EQ(hubs_.heard(kHub), 1U);
  change();
  advance(kGather);
  ASSERT_TRUE(is_told("a moment ago"));
  EXPECT_EQ(hubs_.heard(kHub), 1U);
}

TEST_F(Announcing, ARefusalFailsTheJobWithItsReason) {
  begin({.hubs = {kHub}, .podping = {}});
  hubs_.answer([](const http::OutgoingRequest&) { return http::OutgoingAnswer{.status = 400, .fields = {}, .body = "unknown topic"}; });
  runner_->start();
  change();
  advance(kGather);
  ASSERT_TRUE(eventually([&] { return in_state(jobs::State::failed) == 1; }));
  EXPECT_THAT(jobs().front().error, HasSubstr("with status 400."));
  EXPECT_THAT(jobs().front().error, Not(HasSubstr("topic"))) << "a hub serves many networks: its words are the operator's";
}

TEST_F(Announcing, SurvivesARestartAndForgetsHubsThatAreConfiguredNoMore) {
  begin({.hubs = {kHub, kOther}, .podping = Podping{"https://podping.cloud/", "secret"}});
  change();
  runner_.reset();
  begin({.hubs = {kOther}, .podping = {}});
  runner_->start();
  advance(kGather);
  ASSERT_TRUE(eventually([&] { return in_state(jobs::State::done) == 3; }));
  EXPECT_EQ(hubs_.heard(""), 1U);
  EXPECT_EQ(hubs_.last().url, kOther);
}

TEST_F(Announcing, NobodyIsSentToAFeedThatDoesNotSayTheNewsYet) {
  std::atomic<bool> behind = true;
  begin({.hubs = {kHub}, .podping = {}});
  announcer_->wait_while([&](const std::string& show_id) { return behind && show_id == world_.show.id; });
  runner_->start();
  change();
  advance(kGather);
  ASSERT_TRUE(eventually([&] { return jobs().front().attempts == 1 && in_state(jobs::State::waiting) == 1; }));
  EXPECT_EQ(hubs_.heard(kHub), 0U);
  EXPECT_THAT(jobs().front().error, HasSubstr("hasn't been updated yet"));
  behind = false;
  advance(10s);
  ASSERT_TRUE(eventually([&] { return in_state(jobs::State::done) == 1; }));
  EXPECT_EQ(hubs_.heard(kHub), 1U);
}

TEST_F(Announcing, ADeletedShowIsAnnouncedToNobody) {
  begin({.hubs = {kHub}, .podping = {}});
  change();
  ASSERT_TRUE(world_.database->write_now([&](db::Session& session) -> Result<> {
    podcast::queries::remove_show(session, world_.show.id);
    return {};
  }));
  runner_->start();
  advance(kGather);
  ASSERT_TRUE(eventually([&] { return in_state(jobs::State::done) == 1; }));
  EXPECT_EQ(hubs_.heard(""), 0U);
}

}  // namespace
}  // namespace carillon::announce
