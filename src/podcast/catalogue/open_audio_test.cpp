#include "podcast/catalogue/open_audio.hpp"

#include "base/testing/eventually.hpp"
#include "base/testing/testing.hpp"
#include "crypto/sha256.hpp"
#include "net/asio.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <thread>

namespace carillon::podcast {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// A store that counts what is opened, and refuses to where it is told.
class CountingStore final : public blob::Store {
 public:
  explicit CountingStore(blob::Store& store) : store_{store} {}
  int opened = 0;
  std::optional<Error> refusal;

  Result<Body> open(const Digest& digest) override {
    ++opened;
    if (refusal) return std::unexpected(*refusal);
    return store_.open(digest);
  }
  Result<std::shared_ptr<const FileDescriptor>> local_file(const Digest& digest) override { return store_.local_file(digest); }
  Result<std::unique_ptr<blob::Writer>> begin(ByteCount expected) override { return store_.begin(expected); }
  bool has(const Digest& digest) override { return store_.has(digest); }
  Result<bool> remove(const Digest& digest, std::chrono::system_clock::time_point before) override { return store_.remove(digest, before); }
  Result<> each(const std::function<void(const Digest&, ByteCount, std::chrono::system_clock::time_point)>& visit) override {
    return store_.each(visit);
  }
  Result<std::unique_ptr<blob::PartWriter>> resume(const std::string& part, const crypto::ResumableSha256& state,
                                                   ByteCount expected) override {
    return store_.resume(part, state, expected);
  }
  bool has_part(const std::string& part, ByteCount length) override { return store_.has_part(part, length); }
  Result<blob::Stored> keep_part(const std::string& part, const crypto::ResumableSha256& state) override {
    return store_.keep_part(part, state);
  }
  Result<> drop_part(const std::string& part) override { return store_.drop_part(part); }
  Result<std::vector<std::string>> parts() override { return store_.parts(); }
  Result<> check_space(ByteCount needed) override { return store_.check_space(needed); }

 private:
  blob::Store& store_;
};

std::size_t descriptors() {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator{"/proc/self/fd"}, fs::directory_iterator{}));
}

class AudioPoolTest : public ::testing::Test {
 protected:
  struct Published {
    std::shared_ptr<const Episode> episode;
    std::shared_ptr<AudioPlace> place = std::make_shared<AudioPlace>();
  };
  blob::Stored stored(std::string_view bytes) {
    auto writer = disk_->begin(ByteCount{bytes.size()}).value();
    EXPECT_TRUE(writer->write(as_bytes(bytes)));
    return writer->keep().value();
  }
  Published published(const std::string& id, const std::string& prefix = "prefix") {
    Episode episode{.id = id};
    const auto frames = stored("frames of " + id), before = stored(prefix);
    episode.master = Master{.frames = frames.digest, .frames_length = frames.length};
    episode.frozen = Frozen{.prefix = before.digest, .prefix_length = before.length};
    return {std::make_shared<const Episode>(std::move(episode))};
  }
  fs::path file_of(const Published& one) const {
    const auto hex = one.episode->master->frames.hex();
    return folder_.path() / hex.substr(0, 2) / hex;
  }
  Result<std::shared_ptr<const OpenAudio>> open(AudioPool& pool, const Published& one) {
    loop_.restart();
    auto value = asio::co_spawn(loop_, pool.open(one.episode, one.place), asio::use_future);
    loop_.run();
    return value.get();
  }
  /// What a request gets, as the catalogue does it.
  Result<std::string> ask(AudioPool& pool, const Published& one) {
    auto open_already = pool.at_hand(*one.place);
    if (open_already) return whole(open_already->whole);
    const auto opened = open(pool, one);
    if (!opened) return std::unexpected(opened.error());
    return whole((*opened)->whole);
  }

  carillon::testing::TemporaryFolder folder_;
  carillon::testing::SeededRandom random_;
  std::unique_ptr<blob::Store> disk_ = blob::open_disk_store(folder_.path(), random_).value();
  CountingStore store_{*disk_};
  AudioPool::Moment now_{1h};
  AudioPool pool_{store_, 8, [this] { return now_; }};
  asio::io_context loop_;
};

TEST_F(AudioPoolTest, IsOpenedOnceAndThenAtHand) {
  const auto one = published("one");
  EXPECT_EQ(pool_.at_hand(*one.place), nullptr);
  EXPECT_EQ(ask(pool_, one).value(), "prefixframes of one");
  EXPECT_EQ(store_.opened, 2);
  for (int time = 0; time < 100; ++time) EXPECT_EQ(ask(pool_, one).value(), "prefixframes of one");
  EXPECT_EQ(store_.opened, 2);
  EXPECT_EQ(open(pool_, one).value(), pool_.at_hand(*one.place)) << "who comes second to open it gets what the first has opened";
  EXPECT_EQ(store_.opened, 2);
}

TEST_F(AudioPoolTest, AMasterIsOpenAsTagInfoFrameAndFrames) {
  const audio::Mp3Stream stream{
      .first = audio::parse_mp3_header(as_bytes("\xFF\xFB\x90\x64")).value(), .frames = 10, .length = ByteCount{4170}};
  const auto prefix = audio::prefix_of({.title = "One"}, stream);
  const auto one = published("one", prefix);
  const auto opened = open(pool_, one).value();
  EXPECT_EQ(opened->whole.slices().size(), 3U);
  EXPECT_EQ(whole(opened->slices.info).value(), audio::info_frame(stream));
  EXPECT_EQ(whole(opened->whole).value(), prefix + "frames of one");
}

TEST_F(AudioPoolTest, IsServedWholeIfItCannotBeCutAtItsCuePoints) {
  auto one = published("one");
  auto episode = *one.episode;
  episode.cue_points = {{.at = 5s, .kind = CueKind::remove, .slots = 0, .until = 9s}};
  one.episode = std::make_shared<const Episode>(std::move(episode));
  EXPECT_TRUE(open(pool_, one).value()->cuttable.cues.empty()) << "its frames aren't MP3";
  EXPECT_EQ(ask(pool_, one).value(), "prefixframes of one");
}

TEST_F(AudioPoolTest, HoldsOneDescriptorForEachAndTwoWhereTheTagIsLong) {
  const auto before = descriptors();
  const auto one = published("one");
  ASSERT_TRUE(ask(pool_, one));
  EXPECT_EQ(descriptors(), before + 1);
  const auto chapters = published("chapters", std::string(100'000, 'c'));
  EXPECT_EQ(ask(pool_, chapters).value(), std::string(100'000, 'c') + "frames of chapters");
  EXPECT_EQ(descriptors(), before + 3);
}

TEST_F(AudioPoolTest, ClosesTheLeastUsedWhenTooMuchIsOpen) {
  const auto before = descriptors();
  std::vector<Published> all;
  for (int number = 0; number < 8; ++number) all.push_back(published("episode " + std::to_string(number)));
  for (const auto& each : all) {
    now_ += 2s;
    ASSERT_TRUE(ask(pool_, each));
  }
  now_ += 2s;
  EXPECT_NE(pool_.at_hand(*all[0].place), nullptr);  // used again
  EXPECT_EQ(pool_.open_count(), 8U);
  const auto being_sent = pool_.at_hand(*all[2].place)->whole;
  now_ += 2s;
  ASSERT_TRUE(ask(pool_, published("one more")));  // its snapshot is gone at once
  for (int number = 8; number < 40; ++number) {
    now_ += 2s;
    all.push_back(published("episode " + std::to_string(number)));
    ASSERT_TRUE(ask(pool_, all.back()));
    EXPECT_LE(pool_.open_count(), 8U);
    EXPECT_LE(descriptors(), before + 8 + 1) << "and the one that is being sent";
    ASSERT_NE(pool_.at_hand(*all.back().place), nullptr);
  }
  EXPECT_EQ(pool_.at_hand(*all[1].place), nullptr);
  EXPECT_EQ(whole(being_sent).value(), "prefixframes of episode 2") << "whoever downloads it has it to the end";
  EXPECT_EQ(ask(pool_, all[1]).value(), "prefixframes of episode 1") << "and it is opened again";
}

TEST_F(AudioPoolTest, WhatASnapshotNoLongerShowsIsClosed) {
  const auto before = descriptors();
  {
    const auto one = published("one");
    ASSERT_TRUE(ask(pool_, one));
    EXPECT_EQ(descriptors(), before + 1);
  }
  // The worker lets go of its task a moment after it has answered.
  EXPECT_TRUE(carillon::testing::eventually([&] { return descriptors() == before; }));
}

TEST_F(AudioPoolTest, WhatNobodyAskedForInALongTimeIsClosed) {
  const auto idle = published("idle"), asked_for = published("asked for");
  ASSERT_TRUE(ask(pool_, idle));
  ASSERT_TRUE(ask(pool_, asked_for));
  for (int minute = 0; minute < 10; ++minute) {
    now_ += 1min;
    ASSERT_TRUE(ask(pool_, asked_for));
  }
  ASSERT_TRUE(ask(pool_, published("another")));
  EXPECT_EQ(pool_.at_hand(*idle.place), nullptr);
  EXPECT_NE(pool_.at_hand(*asked_for.place), nullptr);
}

TEST_F(AudioPoolTest, AFileThatWasLostIsNoticedWithinAMinute) {
  const auto one = published("lost");
  ASSERT_TRUE(ask(pool_, one));
  fs::remove(file_of(one));
  now_ += kAudioTrusted - 1s;
  EXPECT_NE(pool_.at_hand(*one.place), nullptr) << "what is open is still whole";
  now_ += 1s;
  EXPECT_EQ(ask(pool_, one).error().kind, ErrorKind::not_found);
  EXPECT_EQ(pool_.at_hand(*one.place), nullptr) << "and nobody is given it any more";
  EXPECT_FALSE(ask(pool_, one));
}

TEST_F(AudioPoolTest, AFileThatWasCutIsNoticedAtOnce) {
  const auto one = published("cut");
  const auto length = fs::file_size((ask(pool_, one), file_of(one)));
  fs::resize_file(file_of(one), length - 1);
  EXPECT_EQ(pool_.at_hand(*one.place), nullptr) << "its length would be promised and not kept";
  EXPECT_EQ(ask(pool_, one).error().kind, ErrorKind::corrupt);
  fs::resize_file(file_of(one), length);
  EXPECT_TRUE(ask(pool_, one)) << "and that it is whole again, too";
}

TEST_F(AudioPoolTest, AFileThatIsBackIsServedAgain) {
  const auto one = published("one");
  fs::rename(file_of(one), folder_.path() / "aside");
  EXPECT_EQ(ask(pool_, one).error().kind, ErrorKind::not_found);
  fs::rename(folder_.path() / "aside", file_of(one));
  EXPECT_EQ(ask(pool_, one).value(), "prefixframes of one");
}

TEST_F(AudioPoolTest, OneOpensAgainWhileOthersGoOn) {
  const auto one = published("one");
  ASSERT_TRUE(ask(pool_, one));
  now_ += kAudioTrusted;
  EXPECT_EQ(pool_.at_hand(*one.place), nullptr) << "it is this one's turn";
  EXPECT_NE(pool_.at_hand(*one.place), nullptr) << "and nobody else waits for it";
  ASSERT_TRUE(open(pool_, one));
  EXPECT_EQ(store_.opened, 4);
  EXPECT_NE(pool_.at_hand(*one.place), nullptr);
  now_ += kAudioTrusted;
  EXPECT_EQ(pool_.at_hand(*one.place), nullptr) << "a minute later another's";
}

TEST_F(AudioPoolTest, WhatCannotBeOpenedAgainForNowStaysOpen) {
  const auto one = published("one");
  ASSERT_TRUE(ask(pool_, one));
  store_.refusal = Error{ErrorKind::unavailable, "no descriptor is left", {}};
  now_ += kAudioTrusted;
  EXPECT_EQ(ask(pool_, one).value(), "prefixframes of one");
  const auto another = published("another");
  EXPECT_EQ(ask(pool_, another).error().kind, ErrorKind::unavailable);
  store_.refusal.reset();
  EXPECT_EQ(ask(pool_, another).value(), "prefixframes of another");
}

}  // namespace
}  // namespace carillon::podcast
