#include "podcast/catalogue/catalogue.hpp"

#include "net/asio.hpp"
#include "podcast/feed/notes.hpp"
#include "podcast/testing/catalogue_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <soci/soci.h>

#include <fstream>
#include <stdexcept>

namespace carillon::podcast {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

template <class T>
T await(asio::awaitable<T> what) {
  asio::io_context loop;
  auto value = asio::co_spawn(loop, std::move(what), asio::use_future);
  loop.run();
  return value.get();
}

class OfThree : public ::testing::Test {
 protected:
  std::string feed() { return whole(await(world.catalogue->show("demo"))->feed.body).value(); }
  testing::CatalogueWorld world{3};
};

TEST_F(OfThree, ACommitIsSeenWhenItWasRefreshed) {
  const auto before = await(world.catalogue->show("demo"));
  world.episodes[1].title = "Another title";
  world.episodes[1].notes = "Other *notes*";
  world.commit(world.episodes[1]);
  EXPECT_THAT(feed(), Not(HasSubstr("Another title"))) << "what is public comes from the snapshot";
  ASSERT_TRUE(world.catalogue->refresh_now(world.show.id));
  EXPECT_THAT(feed(), HasSubstr("Another title"));
  const auto after = await(world.catalogue->show("demo"));
  EXPECT_NE(before->feed.etag, after->feed.etag);
  EXPECT_EQ(after->by_id(world.episodes[1].id)->notes_html, "<p>Other <em>notes</em></p>");
  EXPECT_EQ(after->by_id(world.episodes[0].id)->notes_html, "<p>About <em>bells</em></p>");
  EXPECT_THAT(whole(before->feed.body).value(), Not(HasSubstr("Another title"))) << "who still reads the old one reads all of it";
}

TEST_F(OfThree, ATextThatCannotBeFormattedIsShownPlain) {
  world.episodes[1].notes = std::string(200, '>') + " *x*";  // stored before there was a limit
  world.commit(world.episodes[1]);
  ASSERT_TRUE(world.catalogue->refresh_now(world.show.id));
  const auto after = await(world.catalogue->show("demo"));
  const auto& html = after->by_id(world.episodes[1].id)->notes_html;
  EXPECT_THAT(html, HasSubstr("&gt;&gt; *x*</p>"));
  EXPECT_EQ(html, unformatted_html(world.episodes[1].notes));
  EXPECT_EQ(after->by_id(world.episodes[0].id)->notes_html, "<p>About <em>bells</em></p>") << "the others are as ever";
}

TEST(Catalogue, FormatsTheNewestNotesAndNoMoreThanAShowMayHave) {
  // 300 times 64 KB; formatting ends after 16 MiB, and the feed is made all the same.
  testing::CatalogueWorld world{300, "About *bells* " + std::string(64'000, 'x')};
  const auto show = await(world.catalogue->show("demo"));
  EXPECT_THAT(show->by_id(world.episodes.back().id)->notes_html, HasSubstr("<em>bells</em>"));
  const auto& oldest = show->by_id(world.episodes.front().id)->notes_html;
  EXPECT_THAT(oldest, HasSubstr("*bells*"));
  EXPECT_LT(oldest.size(), 2 * kLongestText);
}

TEST_F(OfThree, NothingChangedIsTheSameFeed) {
  const auto before = await(world.catalogue->show("demo"));
  ASSERT_TRUE(world.catalogue->refresh_now(world.show.id));
  const auto after = await(world.catalogue->show("demo"));
  EXPECT_EQ(before->feed.etag, after->feed.etag);
  EXPECT_EQ(before->feed.last_modified, after->feed.last_modified);
}

TEST_F(OfThree, TheNewestComesFirstAndEachIsFound) {
  const auto snapshot = await(world.catalogue->show("demo"));
  ASSERT_EQ(snapshot->episodes.size(), 3U);
  EXPECT_EQ(snapshot->episodes.front()->episode.number, 3);
  for (const auto& episode : world.episodes) {
    EXPECT_EQ(snapshot->by_id(episode.id)->episode.slug, episode.slug);
    EXPECT_EQ(snapshot->by_slug(episode.slug)->episode.id, episode.id);
  }
  EXPECT_EQ(snapshot->by_id("other"), nullptr);
  EXPECT_EQ(snapshot->by_slug("other"), nullptr);
}

TEST_F(OfThree, AnEpisodeIsServedFromItsTwoSlices) {
  const auto found = await(world.catalogue->published_episode(world.episodes[0].id));
  ASSERT_NE(found.episode, nullptr);
  EXPECT_EQ(whole(found.enclosure).value(), "prefixframes");
}

TEST_F(OfThree, AudioStaysOpenOverAnEditAndIsOpenedAgainWhenItIsNew) {
  const auto& id = world.episodes[0].id;
  const auto descriptors = [] {
    return std::distance(std::filesystem::directory_iterator{"/proc/self/fd"}, std::filesystem::directory_iterator{});
  };
  const auto place = await(world.catalogue->published_episode(id)).episode->audio;
  const auto open = descriptors();
  world.episodes[0].title = "Another title";
  world.commit(world.episodes[0]);
  ASSERT_TRUE(world.catalogue->refresh_now(world.show.id));
  EXPECT_EQ(await(world.catalogue->published_episode(id)).episode->audio, place) << "the same bytes";
  EXPECT_EQ(descriptors(), open);
  // Other bytes: the prefix as the frames, which is as long.
  world.episodes[0].master->frames = world.episodes[0].frozen->prefix;
  world.commit(world.episodes[0]);
  ASSERT_TRUE(world.catalogue->refresh_now(world.show.id));
  const auto after = await(world.catalogue->published_episode(id));
  EXPECT_NE(after.episode->audio, place);
  EXPECT_EQ(whole(after.enclosure).value(), "prefixprefix");
}

TEST_F(OfThree, AFeedIsARowThatTheSnapshotHas) {
  const auto before = await(world.catalogue->show("demo"));
  EXPECT_EQ(before->feed.feed.id, world.show.id);
  EXPECT_EQ(before->feed.feed.slug, "demo");
  const auto edited = world.clock.now() + std::chrono::hours{1};
  testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
    const auto moment = to_microseconds(edited);
    session << "UPDATE feeds SET changed = :moment", soci::use(moment);
    return {};
  }));
  ASSERT_TRUE(world.catalogue->refresh_now(world.show.id));
  EXPECT_EQ(await(world.catalogue->show("demo"))->feed.last_modified, edited);
}

TEST_F(OfThree, WhatIsTakenBackOrUnknownIsNotThere) {
  EXPECT_EQ(await(world.catalogue->published_episode("01jdk3w5v8h2m6n9q4r7t0x1yz")).episode, nullptr);
  EXPECT_EQ(await(world.catalogue->show("other")), nullptr);
  ASSERT_NE(await(world.catalogue->published_episode(world.episodes[0].id)).episode, nullptr);
  world.episodes[0].state = EpisodeState::unpublished;
  world.commit(world.episodes[0]);
  ASSERT_TRUE(world.catalogue->refresh_now(world.show.id));
  EXPECT_EQ(await(world.catalogue->published_episode(world.episodes[0].id)).episode, nullptr);
}

TEST_F(OfThree, AShowThatIsDeletedIsGone) {
  ASSERT_NE(await(world.catalogue->show("demo")), nullptr);
  testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
    queries::remove_show(session, world.show.id);
    return {};
  }));
  ASSERT_TRUE(world.catalogue->refresh_now(world.show.id));
  EXPECT_EQ(await(world.catalogue->show("demo")), nullptr);
  EXPECT_EQ(await(world.catalogue->published_episode(world.episodes[0].id)).episode, nullptr);
}

TEST_F(OfThree, AFileThatIsNotAsLongAsItWasStoredIsAFailureAndNotGone) {
  const auto hex = world.episodes[0].master->frames.hex();
  std::ofstream{world.folder.path() / "media" / hex.substr(0, 2) / hex, std::ios::app} << "more";
  EXPECT_THROW(await(world.catalogue->published_episode(world.episodes[0].id)), std::runtime_error);
}

TEST_F(OfThree, NewAudioUnderTheSameAddressIsYounger) {
  const auto before = await(world.catalogue->published_episode(world.episodes[0].id));
  world.clock.advance(std::chrono::hours{1});
  world.episodes[0].frozen->since = world.clock.now();
  world.commit(world.episodes[0]);
  ASSERT_TRUE(world.catalogue->refresh_now(world.show.id));
  const auto after = await(world.catalogue->published_episode(world.episodes[0].id));
  EXPECT_EQ(after.episode->episode.frozen->since - before.episode->episode.frozen->since, world.clock.now() - *world.episodes[0].published);
}

TEST_F(OfThree, TwoShowsMayHaveTheSameCover) {
  auto other = world.show;
  other.id = new_id(world.clock, world.random);
  other.slug = other.guid = "other";
  const Picture cover{.digest = crypto::sha256(as_bytes("picture")), .length = ByteCount{7}, .side = 1400, .media_type = "image/png"};
  world.show.cover = other.cover = cover;
  testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
    queries::insert(session, other);
    for (const auto& show : {world.show, other}) {
      queries::insert(session, show.id, cover, {});
      queries::insert(session, show.id, cover, {});  // set once more: no change
      queries::update(session, show);
    }
    queries::remove_show(session, other.id);
    return {};
  }));
  EXPECT_EQ(await(world.catalogue->show("demo"))->show.cover, cover) << "the end of one show takes nothing from the other";
}

TEST_F(OfThree, ALostDatabaseIsAFailureAndNotGone) {
  const auto before = await(world.catalogue->show("demo"));
  testing::needed(world.database->write_now([](db::Session& session) -> Result<> {
    session << "ALTER TABLE shows RENAME TO lost";
    return {};
  }));
  EXPECT_FALSE(world.catalogue->refresh_now(world.show.id));
  EXPECT_EQ(await(world.catalogue->show("demo")), before) << "what is in memory is served on";
  EXPECT_THROW(await(world.catalogue->show("other")), std::runtime_error);
  EXPECT_THROW(await(world.catalogue->shows()), std::runtime_error);
}

}  // namespace
}  // namespace carillon::podcast
