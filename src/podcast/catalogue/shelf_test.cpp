#include "podcast/catalogue/shelf.hpp"

#include "podcast/catalogue/turns.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace carillon::podcast {
namespace {

/// A show with these episodes that weighs about so much.
Shelf::Snapshot show_of(const std::string& slug, const std::vector<std::string>& ids, std::size_t weight = 100'000) {
  auto snapshot = std::make_shared<ShowSnapshot>();
  snapshot->show.id = "id of " + slug;
  snapshot->show.slug = slug;
  snapshot->description_html.resize(weight);
  for (const auto& id : ids) {
    snapshot->episodes.push_back(
        std::make_shared<const PublishedEpisode>(PublishedEpisode{.episode = {.id = id}, .notes_html = {}, .audio = {}}));
    snapshot->places[snapshot->episodes.back()->episode.id] = snapshot->episodes.size() - 1;
  }
  return snapshot;
}

TEST(Shelf, FindsShowsAndEpisodesUntilTheyAreReplacedOrRemoved) {
  Shelf shelf{ByteCount{10'000'000}};
  EXPECT_EQ(shelf.with_slug("one"), nullptr);
  const auto one = show_of("one", {"a", "b"}), two = show_of("two", {"c"});
  shelf.put(one);
  shelf.put(two);
  EXPECT_EQ(shelf.with_slug("one"), one);
  EXPECT_EQ(shelf.with_episode("b").show, one);
  EXPECT_EQ(shelf.with_episode("b").episode, one->by_id("b"));
  EXPECT_EQ(shelf.with_episode("c").show, two);
  EXPECT_EQ(shelf.with_episode("x").episode, nullptr);

  const auto later = show_of("one", {"b", "d"});
  shelf.put(later);
  EXPECT_EQ(shelf.peek("one"), later);
  EXPECT_FALSE(shelf.has_episode("a"));
  EXPECT_EQ(shelf.with_episode("b").show, later);
  EXPECT_EQ(shelf.with_episode("d").show, later);
  EXPECT_TRUE(shelf.has_episode("c"));

  shelf.remove("id of one");
  shelf.remove("id of nobody");
  EXPECT_EQ(shelf.with_slug("one"), nullptr);
  EXPECT_FALSE(shelf.has_episode("b"));
  EXPECT_EQ(shelf.with_slug("two"), two);
}

TEST(Shelf, HasAShowUnderOneSlug) {
  Shelf shelf{ByteCount{10'000'000}};
  shelf.put(show_of("old", {"a"}));
  auto moved = std::make_shared<ShowSnapshot>(*show_of("new", {}));
  moved->show.id = "id of old";
  shelf.put(moved);
  EXPECT_EQ(shelf.with_slug("old"), nullptr);
  EXPECT_EQ(shelf.with_slug("new"), moved);
  EXPECT_FALSE(shelf.has_episode("a"));
  shelf.remove("id of old");
  EXPECT_EQ(shelf.with_slug("new"), nullptr);
}

TEST(Shelf, TheLeastUsedGoFirst) {
  Shelf shelf{ByteCount{350'000}};
  for (const auto* slug : {"one", "two", "three"}) shelf.put(show_of(slug, {std::string("of ") + slug}));
  (void)shelf.with_episode("of one");
  (void)shelf.peek("two");
  shelf.put(show_of("four", {"of four"}));
  EXPECT_EQ(shelf.peek("two"), nullptr) << "a look is no use";
  EXPECT_FALSE(shelf.has_episode("of two"));
  EXPECT_NE(shelf.peek("one"), nullptr);
  EXPECT_NE(shelf.peek("three"), nullptr);
  EXPECT_TRUE(shelf.has_episode("of four"));
  (void)shelf.with_slug("three");
  shelf.put(show_of("heavy", {"of heavy"}, 1'000'000));
  EXPECT_TRUE(shelf.has_episode("of heavy")) << "one that is heavier than all of it stays alone";
  for (const auto* slug : {"one", "three", "four"}) EXPECT_EQ(shelf.peek(slug), nullptr);
  shelf.put(show_of("heavy", {"of heavy"}, 1000));
  for (const auto* slug : {"one", "two", "three"}) shelf.put(show_of(slug, {}));
  EXPECT_NE(shelf.peek("heavy"), nullptr) << "it weighs what it weighs now";
}

TEST(Shelf, ManyReadersFindWhatIsThereWhileOthersComeAndGo) {
  Shelf shelf{ByteCount{100'000'000}};
  shelf.put(show_of("steady", {"steady"}, 1000));
  std::atomic<bool> over = false;
  std::atomic<int> missed = 0, wrong = 0, looks = 0;
  std::vector<std::jthread> readers;
  for (int number = 0; number < 3; ++number) {
    readers.emplace_back([&] {
      while (!over) {
        const auto steady = shelf.with_episode("steady");
        if (!steady.episode || steady.episode->episode.id != "steady") ++missed;
        const auto other = shelf.with_slug("show 7");
        if (other && other->show.slug != "show 7") ++wrong;
        ++looks;
      }
    });
  }
  for (int round = 0; round < 200 || looks < 1000; ++round) {
    const auto slug = "show " + std::to_string(round % 40);
    shelf.put(show_of(slug, {slug + " first", slug + std::to_string(round)}));
    shelf.remove("id of show " + std::to_string((round + 20) % 40));
    if (round % 50 == 0) shelf.put(show_of("steady", {"steady"}, 1000));
  }
  over = true;
  readers.clear();
  EXPECT_EQ(missed, 0);
  EXPECT_EQ(wrong, 0);
}

TEST(Turns, WaitForTheirOwnNameAlone) {
  Turns turns;
  std::promise<void> had;
  std::jthread other;
  {
    const Turns::Turn one{turns, "one"};
    const Turns::Turn two{turns, "two"};  // would never come if it waited for the other
    EXPECT_EQ(turns.names(), 2U);
    other = std::jthread{[&] {
      const Turns::Turn again{turns, "one"};
      had.set_value();
    }};
    EXPECT_EQ(had.get_future().wait_for(std::chrono::milliseconds{20}), std::future_status::timeout);
  }
  other.join();
  EXPECT_EQ(turns.names(), 0U) << "nothing is kept of who is done";
}

}  // namespace
}  // namespace carillon::podcast
