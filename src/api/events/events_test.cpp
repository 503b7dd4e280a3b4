#include "api/events/events.hpp"

#include "base/testing/testing.hpp"
#include "net/asio.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace carillon::api {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Sees everything() {
  return [](std::string_view, std::string_view) { return true; };
}

/// The events of a piece of text/event-stream as a client takes them apart (WHATWG HTML §9.2.6): (kind, data); its last id.
struct Read {
  std::vector<std::pair<std::string, std::string>> events;
  std::string last_id;

  void take(std::string_view text) {
    std::string kind, data, id = last_id;
    while (!text.empty()) {
      const auto line = text.substr(0, text.find('\n'));
      text.remove_prefix(line.size() + 1);
      if (line.empty()) {
        last_id = id;
        if (!data.empty()) events.emplace_back(kind, data);
        kind = data = "";
      } else if (line.starts_with("id: ")) {
        id = line.substr(4);
      } else if (line.starts_with("event: ")) {
        kind = line.substr(7);
      } else if (line.starts_with("data: ")) {
        data += line.substr(6);
      }
    }
  }
  std::vector<std::string> kinds() const {
    std::vector<std::string> all;
    for (const auto& [kind, data] : events) all.push_back(kind);
    return all;
  }
};

class Events : public ::testing::Test {
 protected:
  std::unique_ptr<Stream> open(std::string_view last_id = {}, Sees sees = everything(), const std::string& caller = "ada") {
    return bus_.subscribe(caller, std::move(sees), last_id, loop_.get_executor()).value();
  }
  /// The next piece; fails when it does not come.
  std::string piece(Stream& stream) {
    auto future = asio::co_spawn(loop_, stream.next(), asio::use_future);
    loop_.restart();
    loop_.run_for(30s);
    if (future.wait_for(0s) != std::future_status::ready) {
      ADD_FAILURE() << "nothing was told";
      return {};
    }
    return future.get().value();
  }
  /// Every event that is there already.
  Read read(Stream& stream, std::size_t events) {
    Read all;
    while (all.events.size() < events) all.take(piece(stream));
    return all;
  }
  void publish(int count, std::string_view network = "net") {
    for (int i = 0; i < count; ++i) bus_.publish("job", network, {{"number", ++published_}});
  }

  testing::SeededRandom random_;
  asio::io_context loop_;
  EventBus bus_{random_};
  int published_ = 0;
};

TEST_F(Events, AreToldInOrderWithKindNetworkAndData) {
  const auto stream = open();
  publish(2);
  bus_.publish("incident", "", {{"id", "x\ny\u2028"}});
  const auto all = read(*stream, 3);
  EXPECT_THAT(all.events,
              ElementsAre(std::pair{"job", R"({"number":1,"network":"net"})"}, std::pair{"job", R"({"number":2,"network":"net"})"},
                          std::pair{"incident", "{\"id\":\"x\\ny\u2028\"}"}));
}

TEST_F(Events, AWaitingListenerIsWokenFromAnotherThread) {
  const auto stream = open();
  (void)piece(*stream);
  std::thread publisher{[&] { publish(1); }};
  EXPECT_THAT(piece(*stream), HasSubstr("event: job"));
  publisher.join();
}

TEST_F(Events, ComeBackMissesNothingAndGetsNothingTwice) {
  auto stream = open();
  publish(3);
  const auto before = read(*stream, 3);
  stream.reset();
  publish(2);
  stream = open(before.last_id);
  const auto after = read(*stream, 2);
  EXPECT_THAT(after.events,
              ElementsAre(std::pair{"job", R"({"number":4,"network":"net"})"}, std::pair{"job", R"({"number":5,"network":"net"})"}));
  // Cut off before the first event: the id of the beginning is the place to come back to.
  Read beginning;
  stream = open();
  beginning.take(piece(*stream));
  EXPECT_THAT(beginning.events, IsEmpty());
  publish(1);
  EXPECT_EQ(read(*open(beginning.last_id), 1).events.front().second, R"({"number":6,"network":"net"})");
}

TEST_F(Events, ResyncIsToldToWhoeverMissedSomething) {
  Read first;
  first.take(piece(*open()));
  publish(static_cast<int>(kEventsKept));
  EXPECT_EQ(read(*open(first.last_id), kEventsKept).kinds(), std::vector<std::string>(kEventsKept, "job")) << "as many as are kept";
  publish(1);
  const auto resync = read(*open(first.last_id), 1);
  EXPECT_THAT(resync.kinds(), ElementsAre("resync"));
  publish(1);
  EXPECT_THAT(read(*open(resync.last_id), 1).kinds(), ElementsAre("job")) << "from there on nothing is missed";
}

TEST_F(Events, ResyncIsToldWhenAnIdIsNotOfThisLife) {
  testing::SeededRandom other{99};
  EventBus later{other};
  const auto own = [&] {
    Read read;
    read.take(piece(*open()));
    return read.last_id;
  }();
  for (const auto& id : {std::string{"deadbeef-0"}, std::string{"-"}, std::string{"0"}, std::string{"x"}, std::string{"\xff-1"}, own + "7",
                         own + "x", own.substr(0, own.find('-')) + "-18446744073709551615", own.substr(0, own.find('-')) + "--1"})
    EXPECT_THAT(read(*open(id), 1).kinds(), ElementsAre("resync")) << id;
  EXPECT_THAT(piece(*later.subscribe("ada", everything(), own, loop_.get_executor()).value()), HasSubstr("event: resync"));
}

TEST_F(Events, ASlowListenerCostsNothingAndIsToldToResync) {
  const auto slow = open();
  (void)piece(*slow);
  publish(static_cast<int>(3 * kEventsKept));
  const auto reported = read(*slow, 1);
  EXPECT_THAT(reported.kinds(), ElementsAre("resync"));
  publish(1);
  EXPECT_THAT(read(*slow, 1).kinds(), ElementsAre("job"));
}

TEST_F(Events, NobodySeesWhatIsNotTheirs) {
  const auto stream = open({}, [](std::string_view, std::string_view network) { return network == "mine"; });
  publish(1, "theirs");
  publish(1, "");
  publish(1, "mine");
  publish(300, "theirs");
  publish(1, "mine");
  const auto reported = read(*stream, 2);
  EXPECT_THAT(reported.events,
              ElementsAre(std::pair{"job", R"({"number":3,"network":"mine"})"}, std::pair{"job", R"({"number":304,"network":"mine"})"}));
  bus_.lose_track();
  EXPECT_THAT(read(*stream, 1).kinds(), ElementsAre("resync")) << "this concerns everybody";
}

TEST_F(Events, PiecesStaySmallAndNoneIsLost) {
  const auto stream = open();
  for (int i = 0; i < 40; ++i) bus_.publish("job", "net", {{"number", i}, {"error", std::string(10'000, 'x')}});
  Read all;
  while (all.events.size() < 40) {
    const auto text = piece(*stream);
    EXPECT_LE(text.size(), kLargestStreamPiece);
    all.take(text);
  }
  EXPECT_THAT(all.events.back().second, StartsWith(R"({"number":39,)"));
}

TEST_F(Events, WhatIsTooLargeBecomesResync) {
  const auto stream = open();
  bus_.publish("job", "net", {{"error", std::string(kLargestStreamPiece, 'x')}});
  EXPECT_THAT(read(*stream, 1).kinds(), ElementsAre("resync"));
}

TEST_F(Events, SilenceIsBrokenByAHeartbeat) {
  EventBus quick{random_, 20ms};
  const auto stream = quick.subscribe("ada", everything(), {}, loop_.get_executor()).value();
  (void)piece(*stream);
  EXPECT_EQ(piece(*stream), ":\n\n");
  EXPECT_EQ(piece(*stream), ":\n\n");
}

TEST_F(Events, EndAfterAWhileSoThatListenersShowAgainWhoTheyAre) {
  EventBus brief{random_, kHeartbeat, 1s};
  const auto stream = brief.subscribe("ada", everything(), {}, loop_.get_executor()).value();
  Read beginning;
  beginning.take(piece(*stream));
  EXPECT_EQ(piece(*stream), "") << "long before the heartbeat";
  brief.publish("job", "net", {{"number", 1}});
  EXPECT_EQ(piece(*stream), "") << "it stays over";
  const auto again = brief.subscribe("ada", everything(), beginning.last_id, loop_.get_executor()).value();
  (void)piece(*again);
  EXPECT_THAT(piece(*again), HasSubstr("event: job")) << "what came in between is told to whoever comes back";
}

TEST_F(Events, ACancelledListenerEnds) {
  const auto stream = open();
  (void)piece(*stream);
  auto future = asio::co_spawn(loop_, stream->next(), asio::use_future);
  asio::post(loop_, [&] { stream->cancel(); });
  loop_.restart();
  loop_.run_for(30s);
  ASSERT_EQ(future.wait_for(0s), std::future_status::ready);
  EXPECT_EQ(future.get().value(), "");
}

TEST_F(Events, NobodyHoldsMoreStreamsThanTheirShare) {
  std::vector<std::unique_ptr<Stream>> streams;
  for (std::size_t i = 0; i < kMaxStreamsOfOne; ++i) streams.push_back(open());
  const auto refused = bus_.subscribe("ada", everything(), {}, loop_.get_executor());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  const auto other = open({}, everything(), "grace");
  streams.pop_back();
  streams.push_back(open());
  EXPECT_EQ(bus_.streams(), kMaxStreamsOfOne + 1);
  streams.clear();
  EXPECT_EQ(bus_.streams(), 1U);
}

TEST_F(Events, ComeFromManyThreadsToManyListeners) {
  constexpr int kPublishers = 4, kEach = 200;
  std::vector<std::unique_ptr<Stream>> streams;
  std::vector<Read> reads(50);
  for (std::size_t i = 0; i < reads.size(); ++i) streams.push_back(open());
  const auto listen = [&](std::size_t i) -> asio::awaitable<void> {
    while (reads[i].events.size() < kPublishers * kEach) reads[i].take((co_await streams[i]->next()).value());
  };
  for (std::size_t i = 0; i < reads.size(); ++i) asio::co_spawn(loop_, listen(i), asio::detached);
  std::vector<std::jthread> publishers;
  for (int p = 0; p < kPublishers; ++p)
    publishers.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) bus_.publish("job", "net", {{"x", i}});
    });
  loop_.run_for(60s);
  for (const auto& one : reads) {
    EXPECT_EQ(one.events.size(), static_cast<std::size_t>(kPublishers * kEach));
    EXPECT_EQ(one.events, reads.front().events) << "all hear the same in the same order";
  }
}

}  // namespace
}  // namespace carillon::api
