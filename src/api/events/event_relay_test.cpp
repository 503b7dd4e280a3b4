#include "api/events/event_relay.hpp"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <vector>

namespace carillon::api {
namespace {

using namespace std::chrono_literals;

/// Holds the relay's thread inside a note until it is let go.
struct Hold {
  std::promise<void> inside, go;
  void operator()() {
    inside.set_value();
    go.get_future().wait();
  }
};

class Relay : public ::testing::Test {
 protected:
  void hold() {
    relay_.note("hold", [this] { hold_(); });
    ASSERT_EQ(hold_.inside.get_future().wait_for(120s), std::future_status::ready);
  }
  /// Until everything noted so far was told.
  void settle() {
    std::promise<void> done;
    relay_.note("settle", [&] { done.set_value(); });
    ASSERT_EQ(done.get_future().wait_for(120s), std::future_status::ready);
  }
  std::vector<std::string> told_;  ///< on the relay's thread until settle()
  EventRelay relay_{[this] { told_.emplace_back("overrun"); }};
  Hold hold_;
};

TEST_F(Relay, TellsInOrderAndOnceWhatWaitsAlready) {
  relay_.start();
  hold();
  const auto note = [&](const std::string& key) { relay_.note(key, [&, key] { told_.push_back(key); }); };
  for (const auto* key : {"a", "b", "a", "c", "b"}) note(key);
  hold_.go.set_value();
  settle();
  EXPECT_EQ(told_, (std::vector<std::string>{"a", "b", "c"}));
  note("a");
  settle();
  EXPECT_EQ(told_.size(), 4U) << "what was told may be told again";
}

TEST_F(Relay, SaysSoWhenThereIsTooMuch) {
  relay_.start();
  hold();
  for (std::size_t i = 0; i <= kMaxNotes; ++i) relay_.note(std::to_string(i), [&] { told_.emplace_back("x"); });
  relay_.note("after", [&] { told_.emplace_back("after"); });
  hold_.go.set_value();
  settle();
  EXPECT_EQ(told_, (std::vector<std::string>{"overrun", "after"}));
}

TEST_F(Relay, GoesOnAfterATroubledNote) {
  relay_.start();
  relay_.note("bad", [] { throw std::runtime_error{"no"}; });
  relay_.note("good", [&] { told_.emplace_back("good"); });
  settle();
  EXPECT_EQ(told_, std::vector<std::string>{"good"});
}

TEST_F(Relay, StopsWithNotesLeft) {
  relay_.start();
  hold();
  relay_.note("left", [&] { told_.emplace_back("left"); });
  std::thread stopping{[&] { relay_.stop(); }};
  hold_.go.set_value();
  stopping.join();
  relay_.note("late", [&] { told_.emplace_back("late"); });
  EXPECT_LE(told_.size(), 1U);
}

}  // namespace
}  // namespace carillon::api
