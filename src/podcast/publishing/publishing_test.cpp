#include "podcast/publishing/publishing.hpp"

#include "audio/testing/recordings.hpp"
#include "net/asio.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/references.hpp"
#include "podcast/testing/catalogue_world.hpp"
#include "podcast/testing/meddling_store.hpp"
#include "uploads/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>

#include <optional>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

namespace carillon::podcast {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

/// The header of a square picture, which is all that is looked at.
std::string png(std::uint32_t side) {
  std::string bytes{"\x89PNG\r\n\x1a\n\0\0\0\x0DIHDR", 16};
  for (int i = 0; i < 2; ++i) {
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(side >> shift & 0xFF);
  }
  return bytes + std::string{"\x08\x02\0\0\0\0\0\0\0", 9};
}

template <class T>
T await(asio::awaitable<T> what) {
  asio::io_context loop;
  std::optional<T> value;
  auto done = asio::co_spawn(loop, [&]() -> asio::awaitable<void> { value.emplace(co_await std::move(what)); }, asio::use_future);
  loop.run();
  done.get();
  return std::move(*value);
}

class APublisher : public ::testing::Test {
 protected:
  std::string feed() { return whole(await(world.catalogue->show("demo"))->feed.body).value(); }

  std::string uploaded(std::string_view bytes) {
    auto whole = testing::needed(await(uploads.begin({}, ByteCount{bytes.size()})));
    testing::needed(whole.writer->write(as_bytes(bytes)));
    return testing::needed(await(uploads.finish(std::move(whole)))).id;
  }

  testing::CatalogueWorld world{2};
  carillon::testing::SeededRandom random{2};
  jobs::Runner runner{*world.database, world.clock, "test", 1};
  audio::MediaProgram program{"/nowhere/carillon-media"};
  uploads::Uploads uploads{*world.database, *world.store, world.clock, random};
  Publishing publishing{*world.database, *world.store, *world.catalogue, runner,
                        program,         world.clock,  random,           Addresses{"https://pod.example.org"}};
};

TEST_F(APublisher, SeesAnEditInTheFeedWhenItIsAcknowledged) {
  const auto before = testing::needed(await(publishing.episode(world.episodes[0].id)));
  const auto after =
      testing::needed(await(publishing.edit_episode({}, before.id, {.title = "Quite another", .notes = "Other"}, before.revision)));
  EXPECT_THAT(feed(), HasSubstr("Quite another"));
  for (const auto member : {&Episode::guid, &Episode::slug, &Episode::file_name}) EXPECT_EQ(before.*member, after.*member);
  EXPECT_EQ(before.frozen->whole, after.frozen->whole);
  EXPECT_EQ(before.published, after.published);
}

TEST_F(APublisher, DoesNotOverwriteWhatSomebodyElseEdited) {
  const auto seen = testing::needed(await(publishing.episode(world.episodes[0].id))).revision;
  testing::needed(await(publishing.edit_episode({}, world.episodes[0].id, {.title = "First"}, seen)));
  EXPECT_EQ(await(publishing.edit_episode({}, world.episodes[0].id, {.title = "Second"}, seen)).error().kind, ErrorKind::conflict);
  EXPECT_EQ(testing::needed(await(publishing.episode(world.episodes[0].id))).title, "First");
}

TEST_F(APublisher, IsToldWhichFieldIsWrong) {
  const auto field_of = [&](EpisodeEdit edit) { return await(publishing.create_episode({}, "demo", std::move(edit))).error().field; };
  EXPECT_EQ(field_of({}), "title");
  EXPECT_EQ(field_of({.title = " \t"}), "title");
  EXPECT_EQ(field_of({.title = "\xFF"}), "title");
  EXPECT_EQ(field_of({.title = std::string(kLongestTitle + 1, 'x')}), "title");
  EXPECT_EQ(field_of({.title = "x", .notes = std::string(kLongestMarkdown + 1, 'x')}), "notes");
  EXPECT_EQ(field_of({.title = "x", .season = 0}), "season");
  const auto field_of_show = [&](std::string slug, ShowEdit edit) {
    return await(publishing.create_show({}, "default", std::move(slug), std::move(edit), {})).error().field;
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
  const auto first = testing::needed(await(publishing.create_episode({}, "demo", {.title = "Bells!"})));
  const auto second = testing::needed(await(publishing.create_episode({}, "demo", {.title = "Bells?"})));
  const auto third = testing::needed(await(publishing.create_episode({}, "demo", {.title = "漢字"})));
  EXPECT_EQ(first.slug, "bells");
  EXPECT_EQ(second.slug, "bells-2");
  EXPECT_EQ(third.slug, "episode");
  // It follows the title as long as nobody was told of it.
  const auto renamed = testing::needed(await(publishing.edit_episode({}, third.id, {.title = "Bells."}, {})));
  EXPECT_EQ(renamed.slug, "bells-3");
  EXPECT_EQ(renamed.file_name, "bells-3.mp3");
  EXPECT_EQ(testing::needed(await(publishing.edit_episode({}, third.id, {.title = "Bells…"}, {}))).slug, "bells-3") << "nothing to follow";
}

TEST_F(APublisher, CannotPublishSilence) {
  const auto draft = testing::needed(await(publishing.create_episode({}, "demo", {.title = "Draft"})));
  EXPECT_EQ(draft.state, EpisodeState::draft);
  EXPECT_EQ(await(publishing.publish({}, draft.id, {})).error().kind, ErrorKind::conflict);
}

TEST_F(APublisher, UsesAnUploadOnce) {
  const auto draft = testing::needed(await(publishing.create_episode({}, "demo", {.title = "Draft"})));
  const auto upload = uploaded("a recording");
  EXPECT_TRUE(await(publishing.attach_audio({}, draft.id, upload)));
  EXPECT_EQ(testing::needed(await(publishing.episode(draft.id))).state, EpisodeState::processing);
  EXPECT_EQ(await(publishing.attach_audio({}, draft.id, upload)).error().field, "upload");
}

TEST_F(APublisher, GivesAnEpisodeACoverOfItsOwn) {
  const auto& id = world.episodes[0].id;
  const auto address = [](const Episode& episode) { return Addresses{"https://pod.example.org"}.picture(*episode.cover); };
  EXPECT_THAT(feed(), Not(HasSubstr("itunes:image")));
  const auto first = testing::needed(await(publishing.set_episode_cover({}, id, uploaded(png(1400)))));
  ASSERT_TRUE(first.cover);
  EXPECT_EQ(first.cover->side, 1400);
  EXPECT_THAT(feed(), HasSubstr("<itunes:image href=\"" + address(first) + "\""));
  EXPECT_EQ(testing::needed(await(publishing.episode(id))).cover, first.cover);
  EXPECT_EQ(testing::needed(await(publishing.episodes("demo", {.limit = 10}))).episodes.back().cover, first.cover);
  const auto second = testing::needed(await(publishing.set_episode_cover({}, id, uploaded(png(1500)))));
  EXPECT_NE(address(first), address(second)) << "a new picture has a new address";
  EXPECT_THAT(feed(), HasSubstr(address(second)));
  EXPECT_TRUE(await(world.catalogue->picture(first.cover->digest))) << "who read the feed before still finds it";
  const auto none = testing::needed(await(publishing.remove_episode_cover({}, id)));
  EXPECT_FALSE(none.cover);
  EXPECT_GT(none.revision, second.revision);
  EXPECT_THAT(feed(), Not(HasSubstr("itunes:image")));
  EXPECT_EQ(testing::needed(await(publishing.remove_episode_cover({}, id))).revision, none.revision) << "there was nothing to do";
}

TEST_F(APublisher, KeepsAnEpisodesCoverThroughEditsAndTheTrash) {
  const auto& id = world.episodes[0].id;
  const auto cover = testing::needed(await(publishing.set_episode_cover({}, id, uploaded(png(1400))))).cover;
  EXPECT_EQ(testing::needed(await(publishing.edit_episode({}, id, {.title = "Other"}, {}))).cover, cover);
  testing::needed(await(publishing.delete_episode({}, id)));
  EXPECT_EQ(await(publishing.remove_episode_cover({}, id)).error().kind, ErrorKind::not_found);
  EXPECT_EQ(testing::needed(await(publishing.restore_episode({}, id))).cover, cover);
  EXPECT_THAT(feed(), HasSubstr(cover->digest.hex()));
}

TEST_F(APublisher, IsToldWhatIsWrongWithAnEpisodesCover) {
  const auto& id = world.episodes[0].id;
  const auto small = uploaded(png(1000));
  const auto refused = await(publishing.set_episode_cover({}, id, small)).error();
  EXPECT_EQ(refused.kind, ErrorKind::invalid);
  EXPECT_EQ(refused.field, "image");
  EXPECT_THAT(refused.message, HasSubstr("1000 × 1000"));
  EXPECT_EQ(await(publishing.set_episode_cover({}, id, small)).error().field, "image") << "what was refused is not used up";
  EXPECT_EQ(await(publishing.set_episode_cover({}, id, uploaded(std::string(kLargestPicture.value + 1, 'x')))).error().kind,
            ErrorKind::too_large);
  EXPECT_EQ(await(publishing.set_episode_cover({}, id, "01jaaaaaaaaaaaaaaaaaaaaaaa")).error().kind, ErrorKind::not_found);
  EXPECT_EQ(await(publishing.set_episode_cover({}, "01jaaaaaaaaaaaaaaaaaaaaaaa", small)).error().kind, ErrorKind::not_found);
  const auto begun = testing::needed(await(uploads.create({}, ByteCount{10}, "")));
  EXPECT_EQ(await(publishing.set_episode_cover({}, id, begun.id)).error().kind, ErrorKind::conflict);
  const auto used = uploaded(png(1400));
  testing::needed(await(publishing.set_episode_cover({}, id, used)));
  EXPECT_EQ(await(publishing.set_episode_cover({}, id, used)).error().kind, ErrorKind::not_found) << "it is used up";
}

TEST_F(APublisher, SeesTheWaveformOfTheAudioOfNowAlone) {
  auto& episode = world.episodes[0];
  const auto refusal = [&](const std::string& id) { return await(publishing.waveform(id)).error(); };
  EXPECT_EQ(refusal(episode.id).kind, ErrorKind::not_found);
  EXPECT_THAT(refusal(episode.id).message, HasSubstr("upload it again"));
  const auto frames = episode.master->frames;
  testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
    queries::set_waveform(session, episode.id, frames, std::vector<std::uint8_t>{1, 2});
    queries::set_waveform(session, episode.id, frames, std::vector<std::uint8_t>{0, 100, 7});
    return {};
  }));
  const auto found = testing::needed(await(publishing.waveform(episode.id)));
  EXPECT_THAT(found.peaks, ::testing::ElementsAre(0, 100, 7));
  EXPECT_EQ(found.duration, episode.master->duration);
  episode.master->frames = crypto::sha256(as_bytes("other frames"));
  world.commit(episode);
  EXPECT_EQ(refusal(episode.id).kind, ErrorKind::not_found);
  const auto draft = testing::needed(await(publishing.create_episode({}, "demo", {.title = "Draft"})));
  EXPECT_THAT(refusal(draft.id).message, HasSubstr("no audio yet"));
  testing::needed(await(publishing.attach_audio({}, draft.id, uploaded("a recording"))));
  EXPECT_THAT(refusal(draft.id).message, HasSubstr("under way"));
}

TEST_F(APublisher, TakesAnEpisodeBackAndBringsTheSameBytesBack) {
  const auto before = testing::needed(await(publishing.episode(world.episodes[1].id)));
  ASSERT_TRUE(await(publishing.unpublish({}, before.id)));
  EXPECT_THAT(feed(), ::testing::Not(HasSubstr(before.guid)));
  world.clock.advance(24h);
  const auto after = testing::needed(await(publishing.publish({}, before.id, {})));
  EXPECT_THAT(feed(), HasSubstr(before.guid));
  EXPECT_EQ(after.published, before.published);
  EXPECT_EQ(after.frozen->whole, before.frozen->whole);
  EXPECT_EQ(after.frozen->since, before.frozen->since);
}

/// Frames of silence: MPEG-1 layer III, 128 kbit/s, 44,100 Hz, stereo.
std::string frames_of_silence() {
  constexpr std::size_t kFrame = 417;
  std::string frames;
  for (int number = 0; number < 3; ++number) {
    frames += "\xFF\xFB\x90\x64";
    frames.append(kFrame - 4, '\0');
  }
  return frames;
}

/// Somebody else edits while what stands before the frames is stored.
class APublisherAmongOthers : public APublisher {
 protected:
  /// Of tags: they are shorter than any master.
  static constexpr ByteCount kLongestTag{4096};

  /// The next tag that is stored, and as many after it as are asked for, find the episode edited meanwhile.
  void meddle(const std::string& id, int times = 1) {
    store.before_begin = [this, id, times](ByteCount expected) mutable -> Result<> {
      if (expected > kLongestTag || times == 0) return {};
      --times;
      auto edited = testing::needed(
          world.database->read_now([&](db::Session& session) -> Result<Episode> { return queries::episode(session, id).value(); }));
      edited.title = "Edited meanwhile";
      ++edited.revision;
      world.commit(edited);
      return {};
    };
  }
  std::string tag_of(const Episode& episode) {
    Body body;
    body.append(testing::needed(world.store->open(episode.frozen.value().prefix)));
    return testing::needed(whole(body));
  }
  Episode draft_with_audio() {
    auto draft = world.episodes[0];
    draft.state = EpisodeState::draft;
    draft.published.reset();
    draft.frozen.reset();
    const auto frames = frames_of_silence();
    auto writer = testing::needed(world.store->begin(ByteCount{frames.size()}));
    testing::needed(writer->write(as_bytes(frames)));
    draft.master->frames = testing::needed(writer->keep()).digest;
    draft.master->frames_length = ByteCount{frames.size()};
    world.commit(draft);
    return draft;
  }

  audio::MediaProgram media_program{CARILLON_MEDIA_PROGRAM};
  testing::MeddlingStore store{*world.store};
  Publishing publishing{*world.database, store,       *world.catalogue, runner,
                        media_program,   world.clock, random,           Addresses{"https://pod.example.org"}};
};

TEST_F(APublisherAmongOthers, PublishesTheTitleThatTheEpisodeHasWhenItGoesOut) {
  const auto draft = draft_with_audio();
  meddle(draft.id);
  const auto out = testing::needed(await(publishing.publish({}, draft.id, {})));
  EXPECT_EQ(out.state, EpisodeState::published);
  EXPECT_EQ(out.title, "Edited meanwhile");
  EXPECT_THAT(tag_of(out), HasSubstr("Edited meanwhile"));
  EXPECT_THAT(feed(), HasSubstr("Edited meanwhile"));
}

TEST_F(APublisherAmongOthers, SchedulesTheTitleThatTheEpisodeHas) {
  const auto draft = draft_with_audio();
  meddle(draft.id);
  const auto waiting = testing::needed(await(publishing.publish({}, draft.id, world.clock.now() + 1h)));
  EXPECT_EQ(waiting.state, EpisodeState::scheduled);
  EXPECT_THAT(tag_of(waiting), HasSubstr("Edited meanwhile"));
}

TEST_F(APublisherAmongOthers, IsToldWhenTheEpisodeIsEditedAgainAndAgain) {
  const auto draft = draft_with_audio();
  meddle(draft.id, 1000);
  EXPECT_EQ(await(publishing.publish({}, draft.id, {})).error().kind, ErrorKind::conflict);
  EXPECT_EQ(testing::needed(await(publishing.episode(draft.id))).state, EpisodeState::draft);
}

TEST_F(APublisherAmongOthers, HasTheTitleOfNowInARecordingThatWasProcessedMeanwhile) {
  publishing.register_jobs({referenced_media, uploads::referenced_media});
  const auto draft = testing::needed(await(publishing.create_episode({}, "demo", {.title = "Draft"})));
  testing::needed(await(publishing.attach_audio({}, draft.id, uploaded(audio::testing::wav(audio::testing::sine(440, 0.2), 1)))));
  testing::needed(await(publishing.publish({}, draft.id, {})));
  meddle(draft.id);
  runner.start();
  const auto now = [&] { return testing::needed(await(publishing.episode(draft.id))); };
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (now().state == EpisodeState::processing && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  runner.stop();
  ASSERT_EQ(now().state, EpisodeState::published);
  EXPECT_THAT(tag_of(now()), HasSubstr("Edited meanwhile"));
}

/// Recordings that cannot be read, until the media program gets better at it.
class APublisherWithAnUnreadableRecording : public APublisherAmongOthers {
 protected:
  void SetUp() override {
    publishing.register_jobs({referenced_media, uploads::referenced_media});
    const auto nonsense = crypto::sha256(as_bytes(kNonsense));
    auto writer = testing::needed(world.store->begin(ByteCount{kNonsense.size()}));
    testing::needed(writer->write(as_bytes(kNonsense)));
    testing::needed(writer->keep());
    store.instead = [this, nonsense](const Digest& digest) { return readable || digest != recording ? digest : nonsense; };
    draft = testing::needed(await(publishing.create_episode({}, "demo", {.title = "Draft"})));
    recording = crypto::sha256(as_bytes(kRecording));
    runner.start();
  }
  void TearDown() override { runner.stop(); }

  /// The job that has ended.
  jobs::Job attached(std::string_view bytes) {
    world.clock.advance(1s);
    return ended(testing::needed(await(publishing.attach_audio({}, draft.id, uploaded(bytes)))).id);
  }
  jobs::Job ended(const std::string& id) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (std::chrono::steady_clock::now() < deadline) {
      const auto job = testing::needed(world.database->read_now([&](db::Session& session) { return jobs::find(session, id); }));
      if (job.value().state == jobs::State::done || job.value().state == jobs::State::failed) return *job;
      std::this_thread::yield();
    }
    throw std::runtime_error{"the job does not end"};
  }
  Result<jobs::Job> retry(const jobs::Job& job) {
    return world.database->write_now([&](db::Session& session) { return runners.retry(session, job.id); });
  }
  Episode now() { return testing::needed(await(publishing.episode(draft.id))); }

  static constexpr std::string_view kNonsense = "no recording";
  const std::string kRecording = audio::testing::wav(audio::testing::sine(440, 0.2), 1);
  std::atomic<bool> readable = false;
  Digest recording;
  Episode draft;
  jobs::Runners runners{*world.database, world.clock, {&runner}};
};

TEST_F(APublisherWithAnUnreadableRecording, HasItProcessedAgain) {
  const auto failed = attached(kRecording);
  ASSERT_EQ(failed.state, jobs::State::failed);
  EXPECT_EQ(now().state, EpisodeState::draft);
  EXPECT_FALSE(now().original);
  testing::needed(retry(failed));
  EXPECT_EQ(ended(failed.id).state, jobs::State::failed) << "nothing was made";
  EXPECT_EQ(ended(failed.id).error, failed.error);
  EXPECT_EQ(now().state, EpisodeState::draft);
  readable = true;
  testing::needed(retry(failed));
  EXPECT_EQ(ended(failed.id).state, jobs::State::done);
  EXPECT_EQ(now().original, recording);
  EXPECT_TRUE(now().master);
  EXPECT_EQ(now().state, EpisodeState::draft);
}

TEST_F(APublisherWithAnUnreadableRecording, DoesNotGetItOverANewerOne) {
  const auto failed = attached(kRecording);
  const auto newer = attached("no recording either");
  ASSERT_EQ(newer.state, jobs::State::failed);
  readable = true;
  EXPECT_EQ(retry(failed).error().kind, ErrorKind::conflict);
  EXPECT_THAT(retry(failed).error().message, HasSubstr("newer recording"));
  EXPECT_EQ(ended(failed.id).state, jobs::State::failed) << "it is left as it is";
  EXPECT_FALSE(now().original);
  testing::needed(retry(newer));
  EXPECT_EQ(ended(newer.id).error, newer.error);
  const auto good = attached(audio::testing::wav(audio::testing::sine(880, 0.2), 1));
  ASSERT_EQ(good.state, jobs::State::done);
  for (const auto& older : {failed, newer}) EXPECT_EQ(retry(older).error().kind, ErrorKind::conflict);
  EXPECT_EQ(retry(good).error().kind, ErrorKind::conflict) << "it has not failed";
}

TEST_F(APublisherWithAnUnreadableRecording, IsToldThatItIsGone) {
  const auto failed = attached(kRecording);
  EXPECT_TRUE(testing::needed(world.store->remove(recording, std::chrono::system_clock::time_point::max())));
  EXPECT_EQ(retry(failed).error().kind, ErrorKind::conflict);
  EXPECT_THAT(retry(failed).error().message, HasSubstr("upload it again"));
  // One that goes between the two is no reason to wait for ever.
  const auto upload = uploaded("soon gone");
  runner.stop();
  const auto job = testing::needed(await(publishing.attach_audio({}, draft.id, upload)));
  EXPECT_EQ(now().state, EpisodeState::processing);
  EXPECT_TRUE(testing::needed(world.store->remove(crypto::sha256(as_bytes("soon gone")), std::chrono::system_clock::time_point::max())));
  runner.start();
  EXPECT_EQ(ended(job.id).state, jobs::State::failed);
  EXPECT_EQ(now().state, EpisodeState::draft);
}

TEST_F(APublisherAmongOthers, EditsWhatIsScheduledThoughItsTagCannotBeStored) {
  publishing.register_jobs({referenced_media, uploads::referenced_media});
  const auto draft = draft_with_audio();
  testing::needed(await(publishing.publish({}, draft.id, world.clock.now() + 1h)));
  store.before_begin = [](ByteCount) { return Result<>{fail(ErrorKind::no_space, "the disk is full")}; };
  const auto edited = testing::needed(await(publishing.edit_episode({}, draft.id, {.title = "Edited in need"}, {})));
  EXPECT_EQ(edited.title, "Edited in need");
  EXPECT_EQ(edited.state, EpisodeState::scheduled);
  store.before_begin = [](ByteCount) { return Result<>{}; };
  world.clock.advance(2h);
  runner.start();
  const auto now = [&] { return testing::needed(await(publishing.episode(draft.id))); };
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (now().state != EpisodeState::published && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  runner.stop();
  ASSERT_EQ(now().state, EpisodeState::published);
  EXPECT_THAT(tag_of(now()), HasSubstr("Edited in need"));
}

/// Nothing can be read from the tables of shows, as when the database fails after a commit, until mend().
class APublisherOfALostDatabase : public APublisher {
 protected:
  APublisherOfALostDatabase() {
    publishing.on_change(
        [this](const Change& change) {
          const std::lock_guard lock{mutex_};
          heard_.push_back(change.gone ? "gone" : change.episode_id.empty() ? "show" : change.episode_id);
        },
        [this](db::Session& session, const std::string&) -> Result<> {
          if (std::exchange(lose_with_the_next_, false)) session << kLose;
          return {};
        });
  }
  static constexpr const char* kLose = "ALTER TABLE shows RENAME TO lost";

  /// The database is lost by the commit of the act itself, whose last word in its transaction is the note for the feed.
  template <class Act>
  auto lost_in(Act act) {
    lose_with_the_next_ = true;
    auto outcome = await(act());
    EXPECT_FALSE(lose_with_the_next_);
    return outcome;
  }
  /// For acts that note nothing: the writer loses the database right after their commit, before anybody can read.
  template <class Act>
  auto lost_after(Act act) {
    asio::io_context loop;
    std::optional<decltype(await(act()))> value;
    auto done = asio::co_spawn(loop, [&]() -> asio::awaitable<void> { value.emplace(co_await act()); }, asio::use_future);
    loop.poll();  // until the act is in the line of the writer
    testing::needed(world.database->write_now([](db::Session& session) -> Result<> {
      session << kLose;
      return {};
    }));
    loop.run();
    done.get();
    return std::move(*value);
  }
  void mend() {
    testing::needed(world.database->write_now([](db::Session& session) -> Result<> {
      session << "ALTER TABLE lost RENAME TO shows";
      return {};
    }));
  }
  std::vector<std::string> heard() {
    const std::lock_guard lock{mutex_};
    return heard_;
  }
  /// Waits until so much was heard, then forgets it.
  std::vector<std::string> heard_at_last(std::size_t count) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (heard().size() < count && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    const std::lock_guard lock{mutex_};
    return std::exchange(heard_, {});
  }

  std::mutex mutex_;
  std::vector<std::string> heard_;
  bool lose_with_the_next_ = false;
};

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
  by_name("edit a show", lost_in([&] { return publishing.edit_show({}, "demo", {.title = "Another"}, {}); }), "show");
  EXPECT_THAT(feed(), HasSubstr("<title>Another</title>"));
  by_name("edit an episode", lost_in([&] { return publishing.edit_episode({}, id, {.title = "Renamed"}, {}); }), id);
  EXPECT_THAT(feed(), HasSubstr("Renamed"));
  by_name("give a show a cover", lost_in([&] { return publishing.set_cover({}, "demo", png(1400)); }), "show");
  by_name("give an episode a cover", lost_in([&] { return publishing.set_episode_cover({}, id, first); }), id);
  EXPECT_THAT(feed(), HasSubstr("itunes:image"));
  by_name("remove its cover", lost_in([&] { return publishing.remove_episode_cover({}, id); }), id);
  by_name("give it chapters", lost_in([&] { return publishing.set_chapters({}, id, {{.title = "Bells"}}, {}); }), id);
  EXPECT_THAT(feed(), HasSubstr("podcast:chapters"));
  by_name("give it a transcript", lost_in([&] { return publishing.set_transcript({}, id, "en", {{.text = "Ding"}}, {}); }), id);
  EXPECT_THAT(feed(), HasSubstr("podcast:transcript"));
  by_name("unpublish", lost_in([&] { return publishing.unpublish({}, id); }), id);
  EXPECT_THAT(feed(), Not(HasSubstr("Renamed")));
  by_name("publish", lost_in([&] { return publishing.publish({}, id, {}); }), id);
  EXPECT_THAT(feed(), HasSubstr("Renamed"));
  by_name("delete an episode", lost_in([&] { return publishing.delete_episode({}, id); }), id);
  EXPECT_THAT(feed(), Not(HasSubstr("Renamed")));
  by_name("restore it", lost_in([&] { return publishing.restore_episode({}, id); }), id);
  EXPECT_THAT(feed(), HasSubstr("Renamed"));
  by_name("delete a show", lost_after([&] { return publishing.delete_show({}, "demo", true); }), "gone");
  EXPECT_EQ(await(world.catalogue->show("demo")), nullptr);
  by_name("restore it", lost_in([&] { return publishing.restore_show({}, "demo"); }), "show");
  EXPECT_THAT(feed(), HasSubstr("Renamed"));
  by_name("make a show", lost_after([&] { return publishing.create_show({}, "default", "second", {.title = "Second"}, {}); }), "show");
}

TEST_F(APublisherOfALostDatabase, IsHeardInTheOrderOfTheCommits) {
  const auto &first = world.episodes[0].id, &second = world.episodes[1].id;
  (void)feed();
  testing::needed(lost_in([&] { return publishing.edit_episode({}, first, {.title = "One"}, {}); }));
  mend();
  lose_with_the_next_ = true;
  testing::needed(await(publishing.edit_episode({}, second, {.title = "Two"}, {})));
  mend();
  const auto draft = testing::needed(await(publishing.create_episode({}, "demo", {.title = "Draft"})));
  testing::needed(await(publishing.edit_episode({}, first, {.title = "Three"}, {})));
  EXPECT_EQ(heard_at_last(4), (std::vector<std::string>{first, second, draft.id, first}));
  for (const auto* title : {"Three", "Two"}) EXPECT_THAT(feed(), HasSubstr(title));
  EXPECT_FALSE(publishing.is_behind(world.show.id));
}

TEST_F(APublisherOfALostDatabase, HasTheRightFeedAfterARestart) {
  (void)feed();
  testing::needed(lost_in([&] { return publishing.edit_show({}, "demo", {.title = "Another"}, {}); }));
  EXPECT_THAT(feed(), HasSubstr("The Demo")) << "listeners are served meanwhile";
  EXPECT_TRUE(publishing.is_behind(world.show.id));
  mend();
  Catalogue next_life{*world.database, *world.store, Addresses{"https://pod.example.org"}};
  EXPECT_THAT(whole(await(next_life.show("demo"))->feed.body).value(), HasSubstr("Another"));
}

TEST_F(APublisherOfALostDatabase, HasWhatWasDuePublishedOnce) {
  auto waiting = world.episodes[0];
  waiting.state = EpisodeState::scheduled;
  waiting.published.reset();
  waiting.publish_at = world.clock.now() + 1h;
  world.commit(waiting);
  testing::needed(world.catalogue->refresh_now(world.show.id));
  ASSERT_THAT(feed(), Not(HasSubstr(waiting.guid)));
  world.clock.advance(2h);
  lose_with_the_next_ = true;
  publishing.register_jobs({referenced_media, uploads::referenced_media});
  runner.start();
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  const auto job_state = [&] {
    const auto jobs = testing::needed(world.database->read_now([](db::Session& session) { return jobs::list(session, 10); }));
    const auto found = std::ranges::find(jobs, kPublishJob, &jobs::Job::kind);
    return found == jobs.end() ? jobs::State::waiting : found->state;
  };
  while (job_state() != jobs::State::done && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_EQ(job_state(), jobs::State::done) << "what it is for is committed";
  mend();
  EXPECT_EQ(heard_at_last(1), std::vector<std::string>{waiting.id});
  runner.stop();
  EXPECT_THAT(feed(), HasSubstr(waiting.guid));
}

TEST_F(APublisher, DoesNotLoseEpisodesWithAShowByMistake) {
  EXPECT_EQ(await(publishing.delete_show({}, "demo", false)).error().kind, ErrorKind::conflict);
  EXPECT_NE(await(world.catalogue->show("demo")), nullptr);
  EXPECT_TRUE(await(publishing.delete_show({}, "demo", true)));
  EXPECT_EQ(await(world.catalogue->show("demo")), nullptr);
}

TEST_F(APublisher, HasWhatWasDueWhileTheServerWasDownPublishedWithTheDateThatWasWished) {
  const auto wished = world.clock.now() + 1h;
  for (const auto& episode : world.episodes) {
    auto waiting = episode;
    waiting.state = EpisodeState::scheduled;
    waiting.published.reset();
    waiting.publish_at = wished;
    world.commit(waiting);
  }
  testing::needed(world.catalogue->refresh_now(world.show.id));
  // Not even a job is left of it.
  world.clock.advance(2h);
  publishing.register_jobs({referenced_media, uploads::referenced_media});
  runner.start();
  const auto out = [&](const Episode& episode) { return testing::needed(await(publishing.episode(episode.id))); };
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!std::ranges::all_of(world.episodes, [&](const auto& episode) { return feed().find(episode.guid) != std::string::npos; }) &&
         std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  runner.stop();
  for (const auto& episode : world.episodes) {
    EXPECT_EQ(out(episode).state, EpisodeState::published);
    EXPECT_EQ(out(episode).published, wished);
    EXPECT_EQ(out(episode).changed, world.clock.now()) << "the feed is younger than what was wished";
    EXPECT_THAT(feed(), HasSubstr(episode.guid));
  }
}

TEST_F(APublisher, IsHeardOfWhateverTheyChangeAndNotedWhereTheFeedSaysIt) {
  int noted = 0;
  std::vector<std::string> heard;
  publishing.on_change(
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
  after(await(publishing.edit_show({}, "demo", {.title = "Another"}, {})), "show", 1);
  after(await(publishing.edit_episode({}, id, {.title = "Another"}, {})), id, 1);
  after(await(publishing.unpublish({}, id)), id, 1);
  after(await(publishing.edit_episode({}, id, {.title = "Out of sight"}, {})), id, 0);
  after(await(publishing.unpublish({}, id)), id, 0);
  after(await(publishing.publish({}, id, {})), id, 1);
  const auto draft = await(publishing.create_episode({}, "demo", {.title = "Draft"}));
  after(draft, draft->id, 0);
  const auto upload = uploaded("a recording");
  after(await(publishing.attach_audio({}, draft->id, upload)), draft->id, 0);
  after(await(publishing.delete_episode({}, draft->id)), draft->id, 0);
  after(await(publishing.delete_episode({}, id)), id, 1);
  after(await(publishing.delete_show({}, "demo", true)), "gone demo", 0);
}

TEST_F(APublisher, ChangesNothingThatCannotBeNoted) {
  int heard = 0;
  publishing.on_change([&](const Change&) { ++heard; },
                       [](db::Session&, const std::string&) { return Result<>{fail(ErrorKind::no_space, "the disk is full")}; });
  EXPECT_EQ(await(publishing.edit_show({}, "demo", {.title = "Another"}, {})).error().kind, ErrorKind::no_space);
  EXPECT_EQ(await(publishing.edit_episode({}, world.episodes[0].id, {.title = "Another"}, {})).error().kind, ErrorKind::no_space);
  EXPECT_EQ(await(publishing.unpublish({}, world.episodes[0].id)).error().kind, ErrorKind::no_space);
  EXPECT_EQ(await(publishing.delete_episode({}, world.episodes[0].id)).error().kind, ErrorKind::no_space);
  EXPECT_EQ(heard, 0);
  EXPECT_EQ(testing::needed(await(publishing.show("demo"))).title, "The Demo");
  EXPECT_EQ(testing::needed(await(publishing.episode(world.episodes[0].id))).state, EpisodeState::published);
}

TEST_F(APublisher, TheSweepTakesWhatNobodyRefersToAndNothingElse) {
  const auto upload = uploaded("waits for its episode");
  const auto kept = crypto::sha256(as_bytes("waits for its episode"));
  auto writer = testing::needed(world.store->begin(ByteCount{9}));
  testing::needed(writer->write(as_bytes("forgotten")));
  const auto forgotten = testing::needed(writer->keep()).digest;
  // The clock of the file system is the real one: by the test's clock all this was stored long ago.
  world.clock.set(SystemClock{}.now() + 2h);
  testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
    uploads::testing::add(session, uploads::Upload{.id = "young",
                                                   .length = ByteCount{21},
                                                   .arrived = ByteCount{21},
                                                   .digest = kept,
                                                   .created = world.clock.now(),
                                                   .touched = world.clock.now()});
    return {};
  }));
  publishing.register_jobs({referenced_media, uploads::referenced_media});
  runner.start();
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (world.store->has(forgotten) && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  runner.stop();
  EXPECT_FALSE(world.store->has(forgotten));
  EXPECT_TRUE(world.store->has(kept));
  EXPECT_TRUE(world.store->has(world.episodes[0].master->frames));
  EXPECT_TRUE(world.store->has(world.episodes[0].frozen->prefix));
}

TEST_F(APublisher, TheSweepEmptiesTheTrashAfterItsTimeWithWhatBelongedToIt) {
  const auto now = SystemClock{}.now() + 2h;  // by the clock of the files, everything here is old
  const auto text_of = [&](const Episode& episode) {
    return testing::needed(await(publishing.episode(episode.id))).chapters.value().digest;
  };
  const auto& lost = world.episodes[0];
  const auto& kept = world.episodes[1];
  testing::needed(await(publishing.set_chapters({}, lost.id, {{.title = "Lost"}}, {})));
  testing::needed(await(publishing.set_chapters({}, kept.id, {{.title = "Kept"}}, {})));
  const auto lost_text = text_of(lost), kept_text = text_of(kept);
  world.clock.set(now - kTrashKept - 1h);
  testing::needed(await(publishing.delete_episode({}, lost.id)));
  world.clock.set(now - kTrashKept + 1h);
  testing::needed(await(publishing.delete_episode({}, kept.id)));
  world.clock.set(now);
  publishing.register_jobs({referenced_media, uploads::referenced_media});
  runner.start();
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (world.store->has(lost_text) && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  runner.stop();
  EXPECT_FALSE(world.store->has(lost_text));
  EXPECT_TRUE(world.store->has(kept_text)) << "it can still be brought back";
  EXPECT_EQ(await(publishing.restore_episode({}, lost.id)).error().kind, ErrorKind::not_found);
  EXPECT_EQ(testing::needed(await(publishing.restore_episode({}, kept.id))).state, EpisodeState::published);
  EXPECT_THAT(feed(), HasSubstr(kept.guid));
  EXPECT_EQ(testing::needed(await(publishing.chapters(kept.id))).front().title, "Kept");
}

TEST_F(APublisher, HasTheFeedGrowYoungerByWhatLeavesIt) {
  const auto changed = [&] { return await(world.catalogue->show("demo"))->feed.last_modified; };
  const auto& newest = world.episodes[1];
  auto before = changed();
  for (const auto act : {0, 1, 2}) {
    world.clock.advance(1min);
    if (act == 0) testing::needed(await(publishing.delete_episode({}, newest.id)));
    if (act == 1) testing::needed(await(publishing.restore_episode({}, newest.id)));
    if (act == 2) testing::needed(await(publishing.unpublish({}, newest.id)));
    EXPECT_GT(changed(), before) << act;
    before = changed();
  }
}

TEST_F(APublisher, FindsTranscriptsInTheLanguageOfTheReader) {
  const auto& episode = world.episodes[0];
  testing::needed(await(publishing.set_transcript({}, episode.id, "de", {{0ms, 1s, "", "Guten Morgen"}}, {})));
  testing::needed(await(publishing.set_transcript({}, episode.id, "en-GB", {{0ms, 1s, "", "Good morning"}}, {})));
  const auto published = await(world.catalogue->published_episode(episode.id)).episode;
  EXPECT_EQ(world.catalogue->reading_now(*published, "en").transcript.at(0).text, "Good morning");
  EXPECT_EQ(world.catalogue->reading_now(*published, "fr").language, "de") << "the first there is";
  EXPECT_TRUE(await(world.catalogue->episode_text(episode.id, "transcript.de.vtt")));
  EXPECT_FALSE(await(world.catalogue->episode_text(episode.id, "transcript.fr.vtt")));
  EXPECT_FALSE(await(world.catalogue->episode_text(episode.id, "chapters.json")));
  EXPECT_EQ(await(publishing.set_transcript({}, episode.id, "fr", {}, {})).error().kind, ErrorKind::not_found);
  testing::needed(await(publishing.set_transcript({}, episode.id, "de", {}, {})));
  EXPECT_FALSE(await(world.catalogue->episode_text(episode.id, "transcript.de.vtt")));
}

}  // namespace
}  // namespace carillon::podcast
