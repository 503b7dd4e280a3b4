#include "podcast/production/production.hpp"

#include "audio/testing/recordings.hpp"
#include "base/testing/eventually.hpp"
#include "podcast/publishing/testing/publishers.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/kept_audio.hpp"
#include "podcast/store/references.hpp"
#include "podcast/store/shows.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

namespace carillon::podcast {
namespace {

using namespace std::chrono_literals;
using carillon::testing::eventually;
using testing::APublisher;
using testing::APublisherAmongOthers;
using testing::APublisherOfALostDatabase;
using testing::await;
using ::testing::HasSubstr;
using ::testing::Not;

/// A publisher with a machine that works for them.
template <class Publisher>
class With : public Publisher {
 protected:
  Production production{{.database = *this->world.database,
                         .media = this->media(),
                         .acts = this->publishing.acts,
                         .tags = this->publishing.tags,
                         .schedule = this->publishing.schedule,
                         .jobs = this->runner,
                         .program = this->program,
                         .pictures = this->publishing.pictures,
                         .clock = this->world.clock,
                         .random = this->random,
                         .references = {referenced_media, uploads::referenced_media}}};

  /// A file that nothing refers to.
  Digest stored(std::string_view bytes) {
    auto writer = testing::needed(this->world.store->begin(ByteCount{bytes.size()}));
    testing::needed(writer->write(as_bytes(bytes)));
    return testing::needed(writer->keep()).digest;
  }

  /// Lets the day's sweep come; the clock has to be later than that of the files.
  void sweep_after(std::chrono::hours later) {
    this->world.clock.advance(later);
    const auto forgotten = stored("forgotten at " + std::to_string(this->world.clock.now().time_since_epoch().count()));
    this->runner.wake();
    ASSERT_TRUE(eventually([&] { return !this->world.store->has(forgotten); }));
  }

  /// The machine goes before what it works with, whatever became of the test.
  void TearDown() override { this->runner.stop(); }
};
using AProducer = With<APublisher>;
using AProducerAmongOthers = With<APublisherAmongOthers>;
using AProducerOfALostDatabase = With<APublisherOfALostDatabase>;

/// Recordings that can't be read, until the media program gets better at it.
class AProducerWithAnUnreadableRecording : public AProducerAmongOthers {
 protected:
  void SetUp() override {
    production.register_jobs();
    const auto nonsense = crypto::sha256(as_bytes(kNonsense));
    auto writer = testing::needed(world.store->begin(ByteCount{kNonsense.size()}));
    testing::needed(writer->write(as_bytes(kNonsense)));
    testing::needed(writer->keep());
    store.instead = [this, nonsense](const Digest& digest) { return readable || digest != recording ? digest : nonsense; };
    draft = testing::needed(await(publishing.episodes.create({}, "demo", {.title = "Draft"})));
    recording = crypto::sha256(as_bytes(kRecording));
    runner.start();
  }

  /// The job that has ended.
  jobs::Job attached(std::string_view bytes) {
    world.clock.advance(1s);
    return ended(testing::needed(await(publishing.media.attach_audio({}, draft.id, uploaded(bytes)))).id);
  }
  jobs::Job ended(const std::string& id) {
    std::optional<jobs::Job> job;
    const bool has_ended = eventually([&] {
      job = testing::needed(world.database->read_now([&](db::Session& session) { return jobs::find(session, id); }));
      return job.value().state == jobs::State::done || job.value().state == jobs::State::failed;
    });
    if (!has_ended) throw std::runtime_error{"the job does not end"};
    return *job;
  }
  Result<jobs::Job> retry(const jobs::Job& job) {
    return world.database->write_now([&](db::Session& session) { return runners.retry(session, job.id); });
  }
  Episode now() { return testing::needed(await(publishing.episodes.find(draft.id))); }

  static constexpr std::string_view kNonsense = "no recording";
  const std::string kRecording = audio::testing::wav(audio::testing::sine(440, 0.2), 1);
  std::atomic<bool> readable = false;
  Digest recording;
  Episode draft;
  jobs::Runners runners{*world.database, world.clock, {&runner}};
};

TEST_F(AProducerWithAnUnreadableRecording, HasItProcessedAgain) {
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
  EXPECT_EQ(now().original.value().digest, recording);
  EXPECT_TRUE(now().master);
  EXPECT_EQ(now().state, EpisodeState::draft);
}

TEST_F(AProducerWithAnUnreadableRecording, DoesNotGetItOverANewerOne) {
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

TEST_F(AProducerWithAnUnreadableRecording, IsToldThatItIsGone) {
  const auto failed = attached(kRecording);
  EXPECT_TRUE(testing::needed(world.store->remove(recording, std::chrono::system_clock::time_point::max())));
  EXPECT_EQ(retry(failed).error().kind, ErrorKind::conflict);
  EXPECT_THAT(retry(failed).error().message, HasSubstr("upload it again"));
  // One that goes between the two is no reason to wait for ever.
  const auto upload = uploaded("soon gone");
  runner.stop();
  const auto job = testing::needed(await(publishing.media.attach_audio({}, draft.id, upload)));
  EXPECT_EQ(now().state, EpisodeState::processing);
  EXPECT_TRUE(testing::needed(world.store->remove(crypto::sha256(as_bytes("soon gone")), std::chrono::system_clock::time_point::max())));
  runner.start();
  EXPECT_EQ(ended(job.id).state, jobs::State::failed);
  EXPECT_EQ(now().state, EpisodeState::draft);
}

TEST_F(AProducerAmongOthers, HasTheTitleOfNowInARecordingThatWasProcessedMeanwhile) {
  production.register_jobs();
  const auto draft = testing::needed(await(publishing.episodes.create({}, "demo", {.title = "Draft"})));
  testing::needed(await(publishing.media.attach_audio({}, draft.id, uploaded(audio::testing::wav(audio::testing::sine(440, 0.2), 1)))));
  testing::needed(await(publishing.episodes.publish({}, draft.id, {})));
  meddle(draft.id);
  runner.start();
  const auto now = [&] { return testing::needed(await(publishing.episodes.find(draft.id))); };
  EXPECT_TRUE(eventually([&] { return now().state != EpisodeState::processing; }));
  runner.stop();
  ASSERT_EQ(now().state, EpisodeState::published);
  EXPECT_THAT(tag_of(now()), HasSubstr("Edited meanwhile"));
}

TEST_F(AProducerAmongOthers, EditsWhatIsScheduledThoughItsTagCannotBeStored) {
  production.register_jobs();
  const auto draft = draft_with_audio();
  testing::needed(await(publishing.episodes.publish({}, draft.id, world.clock.now() + 1h)));
  store.before_begin = [](ByteCount) { return Result<>{fail(ErrorKind::no_space, "the disk is full")}; };
  const auto edited = testing::needed(await(publishing.episodes.edit({}, draft.id, {.title = "Edited in need"}, {})));
  EXPECT_EQ(edited.title, "Edited in need");
  EXPECT_EQ(edited.state, EpisodeState::scheduled);
  store.before_begin = [](ByteCount) { return Result<>{}; };
  world.clock.advance(2h);
  runner.start();
  const auto now = [&] { return testing::needed(await(publishing.episodes.find(draft.id))); };
  EXPECT_TRUE(eventually([&] { return now().state == EpisodeState::published; }));
  runner.stop();
  ASSERT_EQ(now().state, EpisodeState::published);
  EXPECT_THAT(tag_of(now()), HasSubstr("Edited in need"));
}

TEST_F(AProducerOfALostDatabase, HasWhatWasDuePublishedOnce) {
  auto waiting = world.episodes[0];
  waiting.state = EpisodeState::scheduled;
  waiting.published.reset();
  waiting.publish_at = world.clock.now() + 1h;
  world.commit(waiting);
  testing::needed(world.catalogue->refresh_now(world.show.id));
  ASSERT_THAT(feed(), Not(HasSubstr(waiting.guid)));
  world.clock.advance(2h);
  lose_with_the_next_ = true;
  production.register_jobs();
  runner.start();
  const auto job_state = [&] {
    const auto jobs = testing::needed(world.database->read_now([](db::Session& session) { return jobs::list(session, 10); }));
    const auto found = std::ranges::find(jobs, kPublishJob, &jobs::Job::kind);
    return found == jobs.end() ? jobs::State::waiting : found->state;
  };
  EXPECT_TRUE(eventually([&] { return job_state() == jobs::State::done; })) << "what it is for is committed";
  mend();
  EXPECT_EQ(heard_at_last(1), std::vector<std::string>{waiting.id});
  runner.stop();
  EXPECT_THAT(feed(), HasSubstr(waiting.guid));
}

TEST_F(AProducer, HasWhatWasDueWhileTheServerWasDownPublishedWithTheDateThatWasWished) {
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
  production.register_jobs();
  runner.start();
  const auto out = [&](const Episode& episode) { return testing::needed(await(publishing.episodes.find(episode.id))); };
  EXPECT_TRUE(eventually([&] {
    return std::ranges::all_of(world.episodes, [&](const auto& episode) { return feed().find(episode.guid) != std::string::npos; });
  }));
  runner.stop();
  for (const auto& episode : world.episodes) {
    EXPECT_EQ(out(episode).state, EpisodeState::published);
    EXPECT_EQ(out(episode).published, wished);
    EXPECT_EQ(out(episode).changed, world.clock.now()) << "the feed is younger than what was wished";
    EXPECT_THAT(feed(), HasSubstr(episode.guid));
  }
}

TEST_F(AProducer, TheSweepTakesWhatNobodyRefersToAndNothingElse) {
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
  production.register_jobs();
  runner.start();
  EXPECT_TRUE(eventually([&] { return !world.store->has(forgotten); }));
  runner.stop();
  EXPECT_TRUE(world.store->has(kept));
  EXPECT_TRUE(world.store->has(world.episodes[0].master->frames));
  EXPECT_TRUE(world.store->has(world.episodes[0].frozen->prefix));
}

TEST_F(AProducer, TheSweepEmptiesTheTrashAfterItsTimeWithWhatBelongedToIt) {
  const auto now = SystemClock{}.now() + 2h;  // by the clock of the files, everything here is old
  const auto text_of = [&](const Episode& episode) {
    return testing::needed(await(publishing.episodes.find(episode.id))).chapters.value().digest;
  };
  const auto& lost = world.episodes[0];
  const auto& kept = world.episodes[1];
  testing::needed(await(publishing.texts.set_chapters({}, lost.id, {.items = {{.title = "Lost"}}}, {})));
  testing::needed(await(publishing.texts.set_chapters({}, kept.id, {.items = {{.title = "Kept"}}}, {})));
  const auto lost_text = text_of(lost), kept_text = text_of(kept);
  world.clock.set(now - kTrashKept - 1h);
  testing::needed(await(publishing.episodes.remove({}, lost.id)));
  world.clock.set(now - kTrashKept + 1h);
  testing::needed(await(publishing.episodes.remove({}, kept.id)));
  world.clock.set(now);
  production.register_jobs();
  runner.start();
  EXPECT_TRUE(eventually([&] { return !world.store->has(lost_text); }));
  runner.stop();
  EXPECT_TRUE(world.store->has(kept_text)) << "it can still be brought back";
  EXPECT_EQ(await(publishing.episodes.restore({}, lost.id)).error().kind, ErrorKind::not_found);
  EXPECT_EQ(testing::needed(await(publishing.episodes.restore({}, kept.id))).state, EpisodeState::published);
  EXPECT_THAT(feed(), HasSubstr(kept.guid));
  EXPECT_EQ(testing::needed(await(publishing.texts.chapters(kept.id))).items.front().title, "Kept");
}

TEST_F(AProducerAmongOthers, ListenersGetTheRestOfWhatWasReplacedUntilItIsForgotten) {
  world.clock.set(SystemClock{}.now());
  production.register_jobs();
  runner.start();
  const auto id = world.episodes[0].id;
  const auto now = [&] { return testing::needed(await(publishing.episodes.find(id))); };
  const auto replace = [&](double tone) {
    const auto before = now().master.value().frames;
    testing::needed(await(publishing.media.attach_audio({}, id, uploaded(audio::testing::wav(audio::testing::sine(tone, 3), 1)))));
    ASSERT_TRUE(eventually([&] { return now().master.value().frames != before; }));
  };
  replace(440);
  const auto first = now();
  const auto served = testing::needed(whole(await(world.catalogue->published_episode(id)).enclosure));
  const auto paused = await(world.catalogue->published_episode(id)).enclosure;
  replace(880);
  const auto former = [&] { return await(world.catalogue->former_enclosure(id, first.frozen->whole, world.clock.now())); };
  ASSERT_TRUE(former());
  EXPECT_EQ(testing::needed(whole(former()->body)), served);
  EXPECT_EQ(former()->since, first.frozen->since);
  EXPECT_FALSE(await(world.catalogue->former_enclosure(world.episodes[1].id, first.frozen->whole, world.clock.now())))
      << "what another episode had isn't this one's";
  // By its date as well, to the second, and by no other.
  const auto date = std::chrono::floor<std::chrono::seconds>(first.frozen->since);
  const auto dated = [&](Time when) { return await(world.catalogue->former_enclosure(id, when, world.clock.now())); };
  EXPECT_EQ(testing::needed(whole(dated(date).value().body)), served);
  EXPECT_EQ(dated(date)->whole, first.frozen->whole);
  EXPECT_FALSE(dated(date - 1s));
  EXPECT_FALSE(dated(date + 1s));
  sweep_after(25h);
  ASSERT_TRUE(former()) << "a day or two are nothing to somebody who has paused";
  EXPECT_EQ(testing::needed(whole(former()->body)), served);
  sweep_after(kFormerAudioServed);
  EXPECT_FALSE(former());
  EXPECT_FALSE(world.store->has(first.master->frames));
  EXPECT_EQ(testing::needed(whole(paused)), served) << "what is being sent goes on";
  EXPECT_TRUE(world.store->has(now().master->frames));
}

TEST_F(AProducerAmongOthers, WhatIsTakenOfflineIsGoneWithWhatItWasBefore) {
  production.register_jobs();
  runner.start();
  const auto id = world.episodes[0].id;
  const auto first = world.episodes[0].frozen->whole;
  testing::needed(await(publishing.media.attach_audio({}, id, uploaded(audio::testing::wav(audio::testing::sine(440, 3), 1)))));
  ASSERT_TRUE(eventually([&] { return testing::needed(await(publishing.episodes.find(id))).frozen->whole != first; }));
  ASSERT_TRUE(await(world.catalogue->former_enclosure(id, first, world.clock.now())));
  testing::needed(await(publishing.episodes.unpublish({}, id)));
  EXPECT_FALSE(await(world.catalogue->former_enclosure(id, first, world.clock.now())));
  testing::needed(await(publishing.episodes.publish({}, id, {})));
  EXPECT_FALSE(await(world.catalogue->former_enclosure(id, first, world.clock.now()))) << "not even afterwards";
}

/// An episode that is cut, and what becomes of its cue points.
class AProducerWithCuePoints : public AProducerAmongOthers {
 protected:
  void SetUp() override {
    world.clock.set(SystemClock{}.now());
    production.register_jobs();
    runner.start();
    replace(kRecording);
    ASSERT_EQ(testing::needed(await(publishing.cue_points.set({}, id(), kPoints, {}))).cue_points, kPoints);
  }
  [[nodiscard]] std::string id() const { return world.episodes[0].id; }
  Episode now() { return testing::needed(await(publishing.episodes.find(id()))); }
  /// Uploads another recording, and waits until it is processed.
  void replace(std::string_view recording) {
    wait_for(testing::needed(await(publishing.media.attach_audio({}, id(), uploaded(recording)))));
  }
  void process_again() { wait_for(testing::needed(await(publishing.media.process_again({}, id())))); }
  void wait_for(const jobs::Job& job) {
    ASSERT_TRUE(eventually([&] {
      return testing::needed(world.database->read_now([&](db::Session& session) { return jobs::find(session, job.id); })).value().state ==
             jobs::State::done;
    }));
  }
  /// How many were deleted, as the publisher hears it.
  std::vector<double> dropped() {
    std::vector<double> counts;
    const auto master = now().master.value();
    for (const auto& [kind, amount] : master.findings)
      if (kind == AudioFinding::Kind::cues_dropped) counts.push_back(amount);
    return counts;
  }
  std::size_t cuts_served() { return await(world.catalogue->published_episode(id())).cuttable.cues.size(); }

  const std::string kRecording = audio::testing::wav(audio::testing::sine(440, 0.2), 6);
  const std::vector<CuePoint> kPoints{{.at = 1s, .kind = CueKind::remove, .slots = 0, .until = 2s}, {.at = 3s, .kind = CueKind::midroll}};
};

TEST_F(AProducerWithCuePoints, LosesThemWithTheirRecordingAndHearsOfIt) {
  ASSERT_EQ(cuts_served(), 2);
  replace(audio::testing::wav(audio::testing::sine(880, 0.2), 6));
  EXPECT_TRUE(now().cue_points.empty()) << "as long as the earlier one, and all the same another one";
  EXPECT_EQ(cuts_served(), 0) << "nothing of the new one is left out";
  EXPECT_EQ(dropped(), std::vector{2.0});
  // Whoever sets them again knows it.
  testing::needed(await(publishing.cue_points.set({}, id(), {{.at = 4s, .kind = CueKind::midroll}}, {})));
  EXPECT_TRUE(dropped().empty());
  EXPECT_EQ(now().cue_points.size(), 1);
}

TEST_F(AProducerWithCuePoints, CanDismissWhatWasSaid) {
  replace(audio::testing::wav(audio::testing::sine(880, 0.2), 3));
  ASSERT_EQ(dropped().size(), 1);
  testing::needed(await(publishing.cue_points.set({}, id(), {}, {})));
  EXPECT_TRUE(dropped().empty());
}

TEST_F(AProducerWithCuePoints, KeepsThemWithTheSameAudio) {
  replace(kRecording);
  EXPECT_EQ(now().cue_points, kPoints);
  process_again();
  EXPECT_EQ(now().cue_points, kPoints);
  const auto before = now().master.value().frames;
  testing::needed(await(publishing.shows.edit({}, "demo", {.format = audio::Format{.bitrate = 96'000}}, {})));
  process_again();
  EXPECT_NE(now().master.value().frames, before);
  EXPECT_EQ(now().cue_points, kPoints) << "other bytes of the same recording";
  EXPECT_EQ(cuts_served(), 2);
  EXPECT_TRUE(dropped().empty());
}

TEST_F(AProducerWithCuePoints, IsNotServedAnMp3ThatCannotBeCut) {
  replace(audio::testing::wav(audio::testing::sine(880, 0.2), 6));
  const auto mp3 = testing::needed(whole(testing::needed(await(publishing.media.master(id())))));
  replace(kRecording);
  testing::needed(await(publishing.cue_points.set({}, id(), kPoints, {})));
  testing::needed(await(publishing.shows.edit({}, "demo", {.audio = {.as_uploaded = true}}, {})));
  replace(mp3);
  ASSERT_TRUE(now().master->details.as_uploaded);
  EXPECT_EQ(dropped(), std::vector{2.0});
  // Set in advance, for a first recording.
  const auto draft = testing::needed(await(publishing.episodes.create({}, "demo", {.title = "Cut in advance"})));
  testing::needed(await(publishing.cue_points.set({}, draft.id, kPoints, {})));
  wait_for(testing::needed(await(publishing.media.attach_audio({}, draft.id, uploaded(mp3)))));
  const auto cut = testing::needed(await(publishing.episodes.find(draft.id)));
  EXPECT_FALSE(cut.master.value().details.as_uploaded);
  EXPECT_EQ(cut.cue_points, kPoints);
  EXPECT_THAT(cut.master->findings, ::testing::Contains(AudioFinding{AudioFinding::Kind::encoded_again, 1}));
}

/// Recordings whose show keeps them for a week.
class AProducerWithLittleRoom : public AProducerAmongOthers {
 protected:
  void SetUp() override {
    world.clock.set(SystemClock{}.now());
    testing::needed(await(publishing.shows.edit({}, "demo", {.audio = {.keep_originals = std::optional<int>{7}}}, {})));
    production.register_jobs();
    runner.start();
    draft = testing::needed(await(publishing.episodes.create({}, "demo", {.title = "Draft"})));
    testing::needed(await(publishing.media.attach_audio({}, draft.id, uploaded(kRecording))));
    ASSERT_TRUE(eventually([&] { return now().master.has_value(); }));
  }
  Episode now() { return testing::needed(await(publishing.episodes.find(draft.id))); }
  const std::string kRecording = audio::testing::wav(audio::testing::sine(440, 3), 1);
  Episode draft;
};

TEST_F(AProducerWithLittleRoom, LosesThemWhenTheirTimeHasCome) {
  ASSERT_TRUE(now().original);
  EXPECT_EQ(now().original->length, ByteCount{kRecording.size()});
  EXPECT_EQ(now().original->processed, world.clock.now());
  const auto original = now().original->digest;
  sweep_after(6 * 24h);
  ASSERT_TRUE(now().original);
  EXPECT_TRUE(world.store->has(original));
  sweep_after(2 * 24h);
  EXPECT_FALSE(now().original);
  EXPECT_EQ(now().original_dropped, world.clock.now());
  EXPECT_TRUE(now().master) << "the master stays";
  EXPECT_FALSE(world.store->has(original));
  const auto again = await(publishing.media.process_again({}, draft.id));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::conflict);
  EXPECT_THAT(again.error().message, HasSubstr("upload it again"));
  testing::needed(await(publishing.media.attach_audio({}, draft.id, uploaded(kRecording))));
  EXPECT_TRUE(eventually([&] { return now().original && now().original->processed; }));
  EXPECT_FALSE(now().original_dropped);
}

TEST_F(AProducerWithLittleRoom, KeepsOneThatIsProcessedAgain) {
  const auto frames = now().master->frames;
  world.clock.advance(6 * 24h);
  testing::needed(await(publishing.shows.edit({}, "demo", {.audio = {.loudness = LoudnessHabit::off}}, {})));
  testing::needed(await(publishing.media.process_again({}, draft.id)));
  ASSERT_TRUE(eventually([&] { return now().master->frames != frames; })) << "as the show asks now";
  sweep_after(2 * 24h);
  EXPECT_TRUE(now().original);
}

TEST_F(AProducerWithLittleRoom, HasNotLostItsAudioIfThatFails) {
  const auto before = now();
  store.instead = [&](const Digest& digest) {
    return digest == before.original->digest ? before.frozen.value_or(Frozen{}).prefix : digest;
  };
  const auto job = testing::needed(await(publishing.media.process_again({}, draft.id)));
  EXPECT_TRUE(eventually([&] {
    return testing::needed(world.database->read_now([&](db::Session& session) { return jobs::find(session, job.id); }))->state ==
           jobs::State::failed;
  }));
  EXPECT_EQ(now().state, before.state);
  EXPECT_EQ(now().master->frames, before.master->frames);
  EXPECT_TRUE(now().original);
}

TEST_F(AProducerWithAnUnreadableRecording, KeepsItForAWeek) {
  const auto failed = attached(kRecording);
  ASSERT_EQ(failed.state, jobs::State::failed);
  const auto referenced = [&] {
    return testing::needed(world.database->read_now([&](db::Session& session) { return referenced_media(session); }));
  };
  EXPECT_THAT(referenced(), ::testing::Contains(recording));
  world.clock.advance(8 * 24h);
  testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
    queries::drop_expired(session, world.clock.now());
    return {};
  }));
  EXPECT_THAT(referenced(), Not(::testing::Contains(recording)));
}

/// Pictures as they were stored before they were decoded.
class AProducerWithRawPictures : public AProducer {
 protected:
  Picture raw(const std::string& bytes) {
    auto writer = testing::needed(world.store->begin(ByteCount{bytes.size()}));
    testing::needed(writer->write(as_bytes(bytes)));
    const auto stored = testing::needed(writer->keep());
    const Picture picture{.digest = stored.digest, .length = stored.length, .side = 1400, .media_type = "image/png"};
    testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
      queries::insert(session, world.show.id, picture, {});
      return {};
    }));
    return picture;
  }
  queries::KnownPicture known(const Digest& digest) {
    return testing::needed(world.database->read_now(
        [&](db::Session& session) -> Result<queries::KnownPicture> { return queries::picture(session, digest).value(); }));
  }
  std::vector<Picture> left() {
    return testing::needed(world.database->read_now(
        [&](db::Session& session) -> Result<std::vector<Picture>> { return queries::raw_pictures(session, world.show.id); }));
  }
  void make_anew() {
    production.register_jobs();
    runner.start();
    ASSERT_TRUE(eventually([&] { return left().empty(); }));
    runner.stop();  // the feed is rendered a moment after the commit
  }
};

TEST_F(AProducerWithRawPictures, MakesThemAnewAndKeepsNothingElseOfThem) {
  const std::string secret = "52 31 12 N";
  const auto of_show = raw(testing::png(1400) + secret), of_episode = raw(testing::png(1500) + secret),
             former = raw(testing::png(1450) + secret);
  const auto nothing = raw("\x89PNG\r\n\x1a\nno picture at all");
  world.show.cover = of_show;
  auto episode = world.episodes[0];
  episode.cover = of_episode;
  testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
    queries::update(session, world.show);
    queries::update(session, episode);
    return {};
  }));
  testing::needed(world.catalogue->refresh_now(world.show.id));
  EXPECT_THAT(feed(), HasSubstr(of_show.digest.hex()));
  make_anew();
  for (const auto& was : {of_show, of_episode, former}) {
    const auto found = known(was.digest);
    EXPECT_TRUE(found.replaced);
    ASSERT_TRUE(found.replacement);
    EXPECT_TRUE(found.replacement->sized);
    EXPECT_EQ(found.replacement->media_type, "image/jpeg");
    const auto file = testing::needed(whole(testing::needed(world.store->open(found.replacement->digest))));
    EXPECT_THAT(file, Not(HasSubstr(secret)));
    const auto size = await(world.catalogue->picture_size(found.replacement->digest, 300, PictureType::webp));
    ASSERT_TRUE(size);
    EXPECT_THAT(testing::needed(whole(size->body)), HasSubstr("WEBP"));
  }
  EXPECT_TRUE(known(nothing.digest).replaced);
  EXPECT_FALSE(known(nothing.digest).replacement);
  const auto now = feed();
  EXPECT_THAT(now, Not(HasSubstr(of_show.digest.hex())));
  EXPECT_THAT(now, HasSubstr(known(of_show.digest).replacement->digest.hex()));
  EXPECT_THAT(now, HasSubstr(known(of_episode.digest).replacement->digest.hex()));
  const auto referenced = testing::needed(world.database->read_now([&](db::Session& session) { return referenced_media(session); }));
  for (const auto& was : {of_show, of_episode, former, nothing})
    EXPECT_THAT(referenced, Not(::testing::Contains(was.digest))) << "the next sweep removes it";
  for (const auto& was : {of_show, of_episode, former}) EXPECT_THAT(referenced, ::testing::Contains(known(was.digest).replacement->digest));
}

}  // namespace
}  // namespace carillon::podcast
