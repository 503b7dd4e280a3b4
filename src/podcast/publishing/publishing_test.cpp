#include "podcast/publishing/publishing.hpp"

#include "podcast/feed/notes.hpp"
#include "podcast/publishing/testing/publishers.hpp"
#include "podcast/store/episodes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace carillon::podcast {
namespace {

using namespace std::chrono_literals;
using testing::APublisher;
using testing::APublisherAmongOthers;
using testing::APublisherOfALostDatabase;
using testing::await;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::png;

TEST_F(APublisher, SeesAnEditInTheFeedWhenItIsAcknowledged) {
  const auto before = testing::needed(await(publishing.episodes.find(world.episodes[0].id)));
  const auto after =
      testing::needed(await(publishing.episodes.edit({}, before.id, {.title = "Quite another", .notes = "Other"}, before.revision)));
  EXPECT_THAT(feed(), HasSubstr("Quite another"));
  for (const auto member : {&Episode::guid, &Episode::slug, &Episode::file_name}) EXPECT_EQ(before.*member, after.*member);
  EXPECT_EQ(before.frozen->whole, after.frozen->whole);
  EXPECT_EQ(before.published, after.published);
}

TEST_F(APublisher, DoesNotOverwriteWhatSomebodyElseEdited) {
  const auto seen = testing::needed(await(publishing.episodes.find(world.episodes[0].id))).revision;
  testing::needed(await(publishing.episodes.edit({}, world.episodes[0].id, {.title = "First"}, seen)));
  EXPECT_EQ(await(publishing.episodes.edit({}, world.episodes[0].id, {.title = "Second"}, seen)).error().kind, ErrorKind::conflict);
  EXPECT_EQ(testing::needed(await(publishing.episodes.find(world.episodes[0].id))).title, "First");
}

TEST_F(APublisher, IsToldWhichFieldIsWrong) {
  const auto field_of = [&](EpisodeEdit edit) { return await(publishing.episodes.create({}, "demo", std::move(edit))).error().field; };
  EXPECT_EQ(field_of({}), "title");
  EXPECT_EQ(field_of({.title = " \t"}), "title");
  EXPECT_EQ(field_of({.title = "\xFF"}), "title");
  EXPECT_EQ(field_of({.title = std::string(kLongestTitle + 1, 'x')}), "title");
  EXPECT_EQ(field_of({.title = "x", .notes = std::string(kLongestMarkdown + 1, 'x')}), "notes");
  EXPECT_EQ(field_of({.title = "x", .season = 0}), "season");
  const auto field_of_show = [&](std::string slug, ShowEdit edit) {
    return await(publishing.shows.create({}, "default", std::move(slug), std::move(edit), {})).error().field;
  };
  EXPECT_EQ(field_of_show("Not a slug", {.title = "x"}), "slug");
  EXPECT_EQ(field_of_show("demo", {.title = "x"}), "slug") << "it is taken";
  EXPECT_EQ(field_of_show("new", {}), "title");
  EXPECT_EQ(field_of_show("new", {.title = "x", .language = "English!"}), "language");
  EXPECT_EQ(field_of_show("new", {.title = "x", .owner_email = "no address"}), "owner_email");
  EXPECT_EQ(field_of_show("new", {.title = "x", .link = "javascript:alert(1)"}), "link");
  EXPECT_EQ(field_of_show("new", {.title = "x", .medium = "podcats"}), "medium");
}

TEST_F(APublisher, GetsAnAddressOfItsOwnForTheSameTitle) {
  const auto first = testing::needed(await(publishing.episodes.create({}, "demo", {.title = "Bells!"})));
  const auto second = testing::needed(await(publishing.episodes.create({}, "demo", {.title = "Bells?"})));
  const auto third = testing::needed(await(publishing.episodes.create({}, "demo", {.title = "漢字"})));
  EXPECT_EQ(first.slug, "bells");
  EXPECT_EQ(second.slug, "bells-2");
  EXPECT_EQ(third.slug, "han-zi");
  // It follows the title as long as nobody was told of it.
  const auto renamed = testing::needed(await(publishing.episodes.edit({}, third.id, {.title = "Bells."}, {})));
  EXPECT_EQ(renamed.slug, "bells-3");
  EXPECT_EQ(renamed.file_name, "bells-3.mp3");
  EXPECT_EQ(testing::needed(await(publishing.episodes.edit({}, third.id, {.title = "Bells…"}, {}))).slug, "bells-3") << "nothing to follow";
}

TEST_F(APublisher, CannotPublishSilence) {
  const auto draft = testing::needed(await(publishing.episodes.create({}, "demo", {.title = "Draft"})));
  EXPECT_EQ(draft.state, EpisodeState::draft);
  EXPECT_EQ(await(publishing.episodes.publish({}, draft.id, {})).error().kind, ErrorKind::conflict);
}

TEST_F(APublisher, UsesAnUploadOnce) {
  const auto draft = testing::needed(await(publishing.episodes.create({}, "demo", {.title = "Draft"})));
  const auto upload = uploaded("a recording");
  EXPECT_TRUE(await(publishing.media.attach_audio({}, draft.id, upload)));
  EXPECT_EQ(testing::needed(await(publishing.episodes.find(draft.id))).state, EpisodeState::processing);
  EXPECT_EQ(await(publishing.media.attach_audio({}, draft.id, upload)).error().field, "upload");
}

TEST_F(APublisher, GivesAnEpisodeACoverOfItsOwn) {
  const auto& id = world.episodes[0].id;
  const auto address = [](const Episode& episode) { return Addresses{"https://pod.example.org"}.picture(*episode.cover); };
  EXPECT_THAT(feed(), Not(HasSubstr("itunes:image")));
  const auto first = testing::needed(await(publishing.media.set_cover({}, id, uploaded(png(1400)))));
  ASSERT_TRUE(first.cover);
  EXPECT_EQ(first.cover->side, 1400);
  EXPECT_THAT(feed(), HasSubstr("<itunes:image href=\"" + address(first) + "\""));
  EXPECT_EQ(testing::needed(await(publishing.episodes.find(id))).cover, first.cover);
  EXPECT_EQ(testing::needed(await(publishing.episodes.list("demo", {.limit = 10}))).episodes.back().cover, first.cover);
  const auto second = testing::needed(await(publishing.media.set_cover({}, id, uploaded(png(1500)))));
  EXPECT_NE(address(first), address(second)) << "a new picture has a new address";
  EXPECT_THAT(feed(), HasSubstr(address(second)));
  EXPECT_TRUE(await(world.catalogue->picture(first.cover->digest))) << "who read the feed before still finds it";
  const auto none = testing::needed(await(publishing.media.remove_cover({}, id)));
  EXPECT_FALSE(none.cover);
  EXPECT_GT(none.revision, second.revision);
  EXPECT_THAT(feed(), Not(HasSubstr("itunes:image")));
  EXPECT_EQ(testing::needed(await(publishing.media.remove_cover({}, id))).revision, none.revision) << "there was nothing to do";
}

TEST_F(APublisher, KeepsAnEpisodesCoverThroughEditsAndTheTrash) {
  const auto& id = world.episodes[0].id;
  const auto cover = testing::needed(await(publishing.media.set_cover({}, id, uploaded(png(1400))))).cover;
  EXPECT_EQ(testing::needed(await(publishing.episodes.edit({}, id, {.title = "Other"}, {}))).cover, cover);
  testing::needed(await(publishing.episodes.remove({}, id)));
  EXPECT_EQ(await(publishing.media.remove_cover({}, id)).error().kind, ErrorKind::not_found);
  EXPECT_EQ(testing::needed(await(publishing.episodes.restore({}, id))).cover, cover);
  EXPECT_THAT(feed(), HasSubstr(cover->digest.hex()));
}

TEST_F(APublisher, IsToldWhatIsWrongWithAnEpisodesCover) {
  const auto& id = world.episodes[0].id;
  const auto small = uploaded(png(1000));
  const auto refused = await(publishing.media.set_cover({}, id, small)).error();
  EXPECT_EQ(refused.kind, ErrorKind::invalid);
  EXPECT_EQ(refused.field, "fit");
  EXPECT_THAT(refused.message, HasSubstr("1000 × 1000"));
  EXPECT_EQ(await(publishing.media.set_cover({}, id, small)).error().field, "fit") << "what was refused is not used up";
  const auto scaled = testing::needed(await(publishing.media.set_cover({}, id, small, CoverFit::cropped)));
  EXPECT_EQ(scaled.cover.value().side, kSmallestCover);
  EXPECT_EQ(await(publishing.media.set_cover({}, id, uploaded(std::string(kLargestPicture.value + 1, 'x')))).error().kind,
            ErrorKind::too_large);
  EXPECT_EQ(await(publishing.media.set_cover({}, id, "01jaaaaaaaaaaaaaaaaaaaaaaa")).error().kind, ErrorKind::not_found);
  EXPECT_EQ(await(publishing.media.set_cover({}, "01jaaaaaaaaaaaaaaaaaaaaaaa", small)).error().kind, ErrorKind::not_found);
  const auto begun = testing::needed(await(uploads.create({}, ByteCount{10}, "")));
  EXPECT_EQ(await(publishing.media.set_cover({}, id, begun.id)).error().kind, ErrorKind::conflict);
  const auto used = uploaded(png(1400));
  testing::needed(await(publishing.media.set_cover({}, id, used)));
  EXPECT_EQ(await(publishing.media.set_cover({}, id, used)).error().kind, ErrorKind::not_found) << "it is used up";
}

TEST_F(APublisher, SeesTheWaveformOfTheAudioOfNowAlone) {
  auto& episode = world.episodes[0];
  const auto refusal = [&](const std::string& id) { return await(publishing.media.waveform(id)).error(); };
  EXPECT_EQ(refusal(episode.id).kind, ErrorKind::not_found);
  EXPECT_THAT(refusal(episode.id).message, HasSubstr("upload it again"));
  const auto frames = episode.master->frames;
  testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
    queries::set_waveform(session, episode.id, frames, std::vector<std::uint8_t>{1, 2}, {});
    queries::set_waveform(session, episode.id, frames, std::vector<std::uint8_t>{0, 100, 7}, {});
    return {};
  }));
  const auto found = testing::needed(await(publishing.media.waveform(episode.id)));
  EXPECT_THAT(found.peaks, ::testing::ElementsAre(0, 100, 7));
  EXPECT_EQ(found.duration, episode.master->duration);
  episode.master->frames = crypto::sha256(as_bytes("other frames"));
  world.commit(episode);
  EXPECT_EQ(refusal(episode.id).kind, ErrorKind::not_found);
  const auto draft = testing::needed(await(publishing.episodes.create({}, "demo", {.title = "Draft"})));
  EXPECT_THAT(refusal(draft.id).message, HasSubstr("no audio yet"));
  testing::needed(await(publishing.media.attach_audio({}, draft.id, uploaded("a recording"))));
  EXPECT_THAT(refusal(draft.id).message, HasSubstr("being processed"));
}

TEST_F(APublisher, TakesAnEpisodeBackAndBringsTheSameBytesBack) {
  const auto before = testing::needed(await(publishing.episodes.find(world.episodes[1].id)));
  ASSERT_TRUE(await(publishing.episodes.unpublish({}, before.id)));
  EXPECT_THAT(feed(), ::testing::Not(HasSubstr(before.guid)));
  world.clock.advance(24h);
  const auto after = testing::needed(await(publishing.episodes.publish({}, before.id, {})));
  EXPECT_THAT(feed(), HasSubstr(before.guid));
  EXPECT_EQ(after.published, before.published);
  EXPECT_EQ(after.frozen->whole, before.frozen->whole);
  EXPECT_EQ(after.frozen->since, before.frozen->since);
}

TEST_F(APublisherAmongOthers, PublishesTheTitleThatTheEpisodeHasWhenItGoesOut) {
  const auto draft = draft_with_audio();
  meddle(draft.id);
  const auto out = testing::needed(await(publishing.episodes.publish({}, draft.id, {})));
  EXPECT_EQ(out.state, EpisodeState::published);
  EXPECT_EQ(out.title, "Edited meanwhile");
  EXPECT_THAT(tag_of(out), HasSubstr("Edited meanwhile"));
  EXPECT_THAT(feed(), HasSubstr("Edited meanwhile"));
}

TEST_F(APublisherAmongOthers, SchedulesTheTitleThatTheEpisodeHas) {
  const auto draft = draft_with_audio();
  meddle(draft.id);
  const auto waiting = testing::needed(await(publishing.episodes.publish({}, draft.id, world.clock.now() + 1h)));
  EXPECT_EQ(waiting.state, EpisodeState::scheduled);
  EXPECT_THAT(tag_of(waiting), HasSubstr("Edited meanwhile"));
}

TEST_F(APublisherAmongOthers, IsToldWhenTheEpisodeIsEditedAgainAndAgain) {
  const auto draft = draft_with_audio();
  meddle(draft.id, 1000);
  EXPECT_EQ(await(publishing.episodes.publish({}, draft.id, {})).error().kind, ErrorKind::conflict);
  EXPECT_EQ(testing::needed(await(publishing.episodes.find(draft.id))).state, EpisodeState::draft);
}

TEST_F(APublisherOfALostDatabase, IsToldThatWhatIsCommittedIsDoneAndListenersGetItLater) {
  const auto& id = world.episodes[0].id;
  const auto first = uploaded(png(1400));
  const auto by_name = [&](const std::string& what, const auto& outcome, const std::string& event) {
    EXPECT_TRUE(outcome) << what;
    EXPECT_EQ(heard(), std::vector<std::string>{}) << what << ": nobody hears of it before the feed says it";
    mend();
    EXPECT_EQ(heard_at_last(1), std::vector<std::string>{event}) << what;
  };
  (void)feed();
  by_name("edit a show", lost_in([&] { return publishing.shows.edit({}, "demo", {.title = "Another"}, {}); }), "show");
  EXPECT_THAT(feed(), HasSubstr("<title>Another</title>"));
  by_name("edit an episode", lost_in([&] { return publishing.episodes.edit({}, id, {.title = "Renamed"}, {}); }), id);
  EXPECT_THAT(feed(), HasSubstr("Renamed"));
  by_name("give a show a cover", lost_in([&] { return publishing.shows.set_cover({}, "demo", png(1400)); }), "show");
  by_name("give an episode a cover", lost_in([&] { return publishing.media.set_cover({}, id, first); }), id);
  EXPECT_THAT(feed(), HasSubstr("itunes:image"));
  by_name("remove its cover", lost_in([&] { return publishing.media.remove_cover({}, id); }), id);
  by_name("give it chapters", lost_in([&] { return publishing.texts.set_chapters({}, id, {.items = {{.title = "Bells"}}}, {}); }), id);
  EXPECT_THAT(feed(), HasSubstr("podcast:chapters"));
  by_name("give it a transcript",
          lost_in([&] { return publishing.texts.set_transcript({}, id, "en", TranscriptDocument{.text = "Ding\n", .timed = false}, {}); }),
          id);
  EXPECT_THAT(feed(), HasSubstr("podcast:transcript"));
  by_name("unpublish", lost_in([&] { return publishing.episodes.unpublish({}, id); }), id);
  EXPECT_THAT(feed(), Not(HasSubstr("Renamed")));
  by_name("publish", lost_in([&] { return publishing.episodes.publish({}, id, {}); }), id);
  EXPECT_THAT(feed(), HasSubstr("Renamed"));
  by_name("delete an episode", lost_in([&] { return publishing.episodes.remove({}, id); }), id);
  EXPECT_THAT(feed(), Not(HasSubstr("Renamed")));
  by_name("restore it", lost_in([&] { return publishing.episodes.restore({}, id); }), id);
  EXPECT_THAT(feed(), HasSubstr("Renamed"));
  by_name("delete a show", lost_after([&] { return publishing.shows.remove({}, "demo", true); }), "gone");
  EXPECT_EQ(await(world.catalogue->show("demo")), nullptr);
  by_name("restore it", lost_in([&] { return publishing.shows.restore({}, "demo"); }), "show");
  EXPECT_THAT(feed(), HasSubstr("Renamed"));
  by_name("make a show", lost_after([&] { return publishing.shows.create({}, "default", "second", {.title = "Second"}, {}); }), "show");
}

TEST_F(APublisherOfALostDatabase, IsHeardInTheOrderOfTheCommits) {
  const auto &first = world.episodes[0].id, &second = world.episodes[1].id;
  (void)feed();
  testing::needed(lost_in([&] { return publishing.episodes.edit({}, first, {.title = "One"}, {}); }));
  mend();
  lose_with_the_next_ = true;
  testing::needed(await(publishing.episodes.edit({}, second, {.title = "Two"}, {})));
  mend();
  const auto draft = testing::needed(await(publishing.episodes.create({}, "demo", {.title = "Draft"})));
  testing::needed(await(publishing.episodes.edit({}, first, {.title = "Three"}, {})));
  EXPECT_EQ(heard_at_last(4), (std::vector<std::string>{first, second, draft.id, first}));
  for (const auto* title : {"Three", "Two"}) EXPECT_THAT(feed(), HasSubstr(title));
  EXPECT_FALSE(publishing.acts.is_behind(world.show.id));
}

TEST_F(APublisherOfALostDatabase, HasTheRightFeedAfterARestart) {
  (void)feed();
  testing::needed(lost_in([&] { return publishing.shows.edit({}, "demo", {.title = "Another"}, {}); }));
  EXPECT_THAT(feed(), HasSubstr("The Demo")) << "listeners are served meanwhile";
  EXPECT_TRUE(publishing.acts.is_behind(world.show.id));
  mend();
  Catalogue next_life{*world.database, *world.store, Addresses{"https://pod.example.org"}};
  EXPECT_THAT(whole(await(next_life.show("demo"))->feed.body).value(), HasSubstr("Another"));
}

TEST_F(APublisher, DoesNotLoseEpisodesWithAShowByMistake) {
  EXPECT_EQ(await(publishing.shows.remove({}, "demo", false)).error().kind, ErrorKind::conflict);
  EXPECT_NE(await(world.catalogue->show("demo")), nullptr);
  EXPECT_TRUE(await(publishing.shows.remove({}, "demo", true)));
  EXPECT_EQ(await(world.catalogue->show("demo")), nullptr);
}

TEST_F(APublisher, IsHeardOfWhateverTheyChangeAndNotedWhereTheFeedSaysIt) {
  int noted = 0;
  std::vector<std::string> heard;
  publishing.acts.on_change(
      [&](const Change& change) {
        EXPECT_EQ(change.show_id, world.show.id);
        heard.push_back(change.gone ? "gone " + change.gone->slug : change.episode_id.empty() ? "show" : change.episode_id);
      },
      [&](db::Session&, const std::string& show_id) -> Result<> {
        EXPECT_EQ(show_id, world.show.id);
        ++noted;
        return {};
      });
  const auto id = world.episodes[0].id;
  const auto after = [&](const auto& result, const std::string& what, int more) {
    EXPECT_TRUE(result) << what;
    EXPECT_EQ(heard, std::vector<std::string>{what});
    EXPECT_EQ(noted, more) << what;
    heard.clear();
    noted = 0;
  };
  after(await(publishing.shows.edit({}, "demo", {.title = "Another"}, {})), "show", 1);
  after(await(publishing.episodes.edit({}, id, {.title = "Another"}, {})), id, 1);
  after(await(publishing.episodes.unpublish({}, id)), id, 1);
  after(await(publishing.episodes.edit({}, id, {.title = "Out of sight"}, {})), id, 0);
  after(await(publishing.episodes.unpublish({}, id)), id, 0);
  after(await(publishing.episodes.publish({}, id, {})), id, 1);
  const auto draft = await(publishing.episodes.create({}, "demo", {.title = "Draft"}));
  after(draft, draft->id, 0);
  const auto upload = uploaded("a recording");
  after(await(publishing.media.attach_audio({}, draft->id, upload)), draft->id, 0);
  after(await(publishing.episodes.remove({}, draft->id)), draft->id, 0);
  after(await(publishing.episodes.remove({}, id)), id, 1);
  after(await(publishing.shows.remove({}, "demo", true)), "gone demo", 0);
}

TEST_F(APublisher, ChangesNothingThatCannotBeNoted) {
  int heard = 0;
  publishing.acts.on_change([&](const Change&) { ++heard; },
                            [](db::Session&, const std::string&) { return Result<>{fail(ErrorKind::no_space, "the disk is full")}; });
  EXPECT_EQ(await(publishing.shows.edit({}, "demo", {.title = "Another"}, {})).error().kind, ErrorKind::no_space);
  EXPECT_EQ(await(publishing.episodes.edit({}, world.episodes[0].id, {.title = "Another"}, {})).error().kind, ErrorKind::no_space);
  EXPECT_EQ(await(publishing.episodes.unpublish({}, world.episodes[0].id)).error().kind, ErrorKind::no_space);
  EXPECT_EQ(await(publishing.episodes.remove({}, world.episodes[0].id)).error().kind, ErrorKind::no_space);
  EXPECT_EQ(heard, 0);
  EXPECT_EQ(testing::needed(await(publishing.shows.find("demo"))).title, "The Demo");
  EXPECT_EQ(testing::needed(await(publishing.episodes.find(world.episodes[0].id))).state, EpisodeState::published);
}

TEST_F(APublisher, HasTheFeedGrowYoungerByWhatLeavesIt) {
  const auto changed = [&] { return await(world.catalogue->show("demo"))->feed.last_modified; };
  const auto& newest = world.episodes[1];
  auto before = changed();
  for (const auto act : {0, 1, 2}) {
    world.clock.advance(1min);
    if (act == 0) testing::needed(await(publishing.episodes.remove({}, newest.id)));
    if (act == 1) testing::needed(await(publishing.episodes.restore({}, newest.id)));
    if (act == 2) testing::needed(await(publishing.episodes.unpublish({}, newest.id)));
    EXPECT_GT(changed(), before) << act;
    before = changed();
  }
}

TEST_F(APublisher, FindsTranscriptsInTheLanguageOfTheReader) {
  const auto& episode = world.episodes[0];
  testing::needed(await(
      publishing.texts.set_transcript({}, episode.id, "de", TranscriptDocument{.text = render_vtt({{0ms, 1s, "", "Guten Morgen"}})}, {})));
  testing::needed(await(publishing.texts.set_transcript({}, episode.id, "EN-gb",
                                                        TranscriptDocument{.text = render_vtt({{0ms, 1s, "", "Good morning"}})}, {})));
  const auto published = await(world.catalogue->published_episode(episode.id)).episode;
  EXPECT_EQ(world.catalogue->reading_now(*published, "en").transcript.at(0).text, "Good morning");
  EXPECT_EQ(world.catalogue->reading_now(*published, "fr").language, "de") << "the first there is";
  EXPECT_TRUE(await(world.catalogue->episode_text(episode.id, "transcript.de.vtt")));
  EXPECT_FALSE(await(world.catalogue->episode_text(episode.id, "transcript.fr.vtt")));
  EXPECT_FALSE(await(world.catalogue->episode_text(episode.id, "chapters.json")));
  EXPECT_EQ(await(publishing.texts.set_transcript({}, episode.id, "fr", {}, {})).error().kind, ErrorKind::not_found);
  testing::needed(await(publishing.texts.set_transcript({}, episode.id, "de", {}, {})));
  EXPECT_FALSE(await(world.catalogue->episode_text(episode.id, "transcript.de.vtt")));
}

}  // namespace
}  // namespace carillon::podcast
