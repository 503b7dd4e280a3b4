#include "podcast/model/episode_list.hpp"

#include "podcast/store/episodes.hpp"
#include "podcast/testing/catalogue_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>

namespace carillon::podcast {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AListOfEpisodes : public ::testing::Test {
 protected:
  Episode add(const std::string& title, EpisodeState state = EpisodeState::draft, std::optional<int> number = {}) {
    Episode episode{.id = new_id(world.clock, world.random), .show_id = world.show.id};
    episode.guid = episode.slug = episode.id;
    episode.title = title;
    episode.state = state;
    episode.number = number;
    episode.created = episode.changed = world.clock.now();
    world.clock.advance(std::chrono::seconds{1});
    testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
      queries::insert(session, episode);
      return {};
    }));
    return episode;
  }

  EpisodeList list(const EpisodeListWish& name_options) {
    return testing::needed(world.database->read_now(
        [&](db::Session& session) -> Result<EpisodeList> { return queries::list_of(session, world.show.id, name_options); }));
  }

  std::vector<std::string> titles(EpisodeListWish name_options) {
    std::vector<std::string> result;
    for (const auto& episode : list(name_options).episodes) result.push_back(episode.title);
    return result;
  }

  testing::CatalogueWorld world{0};
};

TEST_F(AListOfEpisodes, FindsPartsOfTitlesWhateverTheirCase) {
  add("Über GLOCKEN"), add("ΑΘΗΝΑ by night"), add("100 % bells"), add("1000 bells"), add("under_score!"), add("underscore");
  EXPECT_THAT(titles({.search = "üBER glock"}), ElementsAre("Über GLOCKEN"));
  EXPECT_THAT(titles({.search = "αθηνα"}), ElementsAre("ΑΘΗΝΑ by night"));
  EXPECT_THAT(titles({.search = "100 %"}), ElementsAre("100 % bells")) << "a percent sign is a percent sign";
  EXPECT_THAT(titles({.search = "r_s"}), ElementsAre("under_score!"));
  EXPECT_THAT(titles({.search = "e!"}), ElementsAre("under_score!"));
  EXPECT_THAT(titles({.search = "' OR 1=1"}), IsEmpty());
}

TEST_F(AListOfEpisodes, FindsNumbersExactly) {
  add("Twelve", EpisodeState::draft, 12), add("A hundred and twelve", EpisodeState::draft, 112), add("Room 12", EpisodeState::draft, 5);
  EXPECT_THAT(titles({.search = "12"}), ElementsAre("Room 12", "Twelve"));
  EXPECT_THAT(titles({.search = "#112"}), ElementsAre("A hundred and twelve"));
  EXPECT_THAT(titles({.search = "0"}), IsEmpty()) << "those without a number have none";
  EXPECT_THAT(titles({.search = "99999999999999999999"}), IsEmpty());
}

TEST_F(AListOfEpisodes, ChoosesByState) {
  add("a", EpisodeState::draft), add("b", EpisodeState::scheduled), add("c", EpisodeState::unpublished);
  EXPECT_THAT(titles({.states = {EpisodeState::draft, EpisodeState::unpublished}}), ElementsAre("c", "a"));
  EXPECT_THAT(titles({.states = {EpisodeState::published}}), IsEmpty());
  EXPECT_EQ(list({.states = {EpisodeState::scheduled}}).total, 1U);
}

TEST_F(AListOfEpisodes, IsPagedInEveryOrderWithoutLosingOrRepeatingAnything) {
  for (const auto* title : {"b", "A", "c", "a", "B", "Z", "ä", "b"}) add(title);
  for (const auto order : {EpisodeOrder::newest, EpisodeOrder::oldest, EpisodeOrder::title}) {
    const auto whole = list({.order = order});
    EXPECT_FALSE(whole.next);
    std::vector<std::string> expected, seen;
    for (const auto& episode : whole.episodes) expected.push_back(episode.id);
    EpisodeListWish name_options{.order = order, .limit = 3};
    do {
      const auto page = list(name_options);
      EXPECT_EQ(page.total, 8U);
      for (const auto& episode : page.episodes) seen.push_back(episode.id);
      name_options.after = page.next ? episode_place_from(text_of(*page.next)) : std::nullopt;
      if (order != EpisodeOrder::newest || !name_options.after) continue;
      // What comes in front of the place does not show up behind it.
      add("new");
      EXPECT_THAT(list(name_options).episodes, ::testing::Each(::testing::Field(&Episode::title, ::testing::Ne("new"))));
      testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
        const auto newest = queries::list_of(session, world.show.id, {.limit = 1}).episodes.front().id;
        queries::remove_episode(session, newest);
        return {};
      }));
    } while (name_options.after);
    EXPECT_EQ(seen, expected) << name_of(order);
  }
  EXPECT_THAT(titles({.order = EpisodeOrder::title}), ElementsAre("A", "a", "b", "B", "b", "c", "Z", "ä"));
  EXPECT_EQ(titles({.order = EpisodeOrder::oldest}).front(), "b");
}

TEST_F(AListOfEpisodes, HasTheTrashToItself) {
  auto kept = add("kept"), first = add("thrown away first"), second = add("thrown away second");
  second.deleted = world.clock.now() + std::chrono::seconds{2};
  first.deleted = world.clock.now() + std::chrono::seconds{1};
  world.commit(first), world.commit(second);
  EXPECT_THAT(titles({}), ElementsAre("kept"));
  EXPECT_THAT(titles({.deleted = true}), ElementsAre("thrown away second", "thrown away first"));
  const auto page = list({.deleted = true, .limit = 1});
  EXPECT_EQ(page.total, 2U);
  EXPECT_THAT(titles({.deleted = true, .after = page.next}), ElementsAre("thrown away first"));
}

TEST_F(AListOfEpisodes, IsSearchedForWordsInAnyOrder) {
  auto bells = add("The bells"), walk = add("A walk");
  bells.notes = "With [Überseebrücke](https://example.org) and 100 % _more_";
  bells.metadata.persons = {{.name = "Zoë Faust"}};
  walk.notes = "Along the harbour; a faust of sand";
  walk.number = 12;
  world.commit(bells), world.commit(walk);
  for (const auto* search : {"bells", "ÜBERSEE", "faust zoë", "zoë bells überseebrücke", "  the   BELLS ", "100 %", "_more"})
    EXPECT_THAT(titles({.search = search}), ElementsAre("The bells")) << search;
  EXPECT_THAT(titles({.search = "faust"}), ElementsAre("A walk", "The bells"));
  EXPECT_THAT(titles({.search = "walk #12"}), ElementsAre("A walk"));
  EXPECT_THAT(titles({.search = "12 sand"}), ElementsAre("A walk"));
  for (const auto* search : {"bells walk", "faust nobody", "100_%", "bells 12"})
    EXPECT_THAT(titles({.search = search}), IsEmpty()) << search;
}

TEST_F(AListOfEpisodes, KnowsTitlesOfBeforeThereWereKeys) {
  add("ÖL");
  testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
    session << "UPDATE episodes SET title_key = ''";
    session << "DELETE FROM episode_words";
    return {};
  }));
  ASSERT_THAT(titles({.search = "öl"}), IsEmpty());
  testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
    queries::make_title_keys(session);
    return {};
  }));
  EXPECT_THAT(titles({.search = "öl"}), ElementsAre("ÖL"));
}

TEST(APlaceInAList, IsReadBackAsItWasWritten) {
  const EpisodePlace place{.order = EpisodeOrder::title, .key = "a talk, with blanks", .id = "1-2"};
  const auto back = episode_place_from(text_of(place));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->key, place.key);
  EXPECT_EQ(back->id, place.id);
  EXPECT_EQ(back->order, place.order);
  for (const auto* broken :
       {"", "newest", "newest 1", "newest 1 x", "newest  5", "best 1 5", "newest 1 99999999999999999999", "newest 1 -5"})
    EXPECT_FALSE(episode_place_from(broken)) << broken;
}

TEST(AWishForAList, IsCheckedAtTheBorder) {
  EXPECT_THAT(episode_states_from("draft,scheduled,draft").value(), ElementsAre(EpisodeState::draft, EpisodeState::scheduled));
  EXPECT_THAT(episode_states_from("").value(), IsEmpty());
  for (const auto* broken : {"drafts", ",", "draft,", "Draft"}) EXPECT_EQ(episode_states_from(broken).error().field, "state") << broken;
  EXPECT_EQ(episode_search_from("  bells ").value(), "bells");
  EXPECT_EQ(episode_search_from("\xC3").error().field, "search");
  EXPECT_EQ(episode_search_from(std::string(kLongestSearch + 1, 'x')).error().field, "search");
}

}  // namespace
}  // namespace carillon::podcast
