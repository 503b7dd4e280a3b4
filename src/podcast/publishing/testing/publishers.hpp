#pragma once
// A publisher of the show of CatalogueWorld, alone, among others, and with a database that fails: for tests.

#include "base/mutex.hpp"
#include "base/testing/eventually.hpp"
#include "net/asio.hpp"
#include "podcast/publishing/publishing.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/testing/catalogue_world.hpp"
#include "podcast/testing/meddling_store.hpp"
#include "uploads/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>
#include <zlib.h>

#include <chrono>
#include <optional>
#include <thread>
#include <utility>

namespace carillon::podcast::testing {

using namespace std::chrono_literals;

/// A square picture, white all over, one bit a pixel.
inline std::string png(std::uint32_t side) {
  const auto number = [](std::uint32_t value) {
    std::string text;
    for (const int shift : {24, 16, 8, 0}) text += static_cast<char>(value >> shift & 0xFF);
    return text;
  };
  const auto chunk = [&](const std::string& content) {
    const auto sum = crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
    return number(static_cast<std::uint32_t>(content.size() - 4)) + content + number(static_cast<std::uint32_t>(sum));
  };
  std::string rows;
  for (std::uint32_t y = 0; y < side; ++y) rows += std::string(1, '\0') + std::string((side + 7) / 8, '\xFF');
  auto length = compressBound(rows.size());
  std::string packed(length, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &length, reinterpret_cast<const Bytef*>(rows.data()), rows.size());
  packed.resize(length);
  return "\x89PNG\r\n\x1a\n" + chunk("IHDR" + number(side) + number(side) + std::string{"\1\0\0\0\0", 5}) + chunk("IDAT" + packed) +
         chunk("IEND");
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
    auto whole = needed(await(uploads.begin({}, ByteCount{bytes.size()})));
    needed(whole.writer->write(as_bytes(bytes)));
    return needed(await(uploads.finish(std::move(whole)))).id;
  }

  CatalogueWorld world{2};
  carillon::testing::SeededRandom random{2};
  jobs::Runner runner{*world.database, world.clock, "test", 1};
  jobs::Workers disk{"disk", 2};
  uploads::Uploads uploads{*world.database, *world.store, disk, world.clock, random};
  audio::MediaProgram program{CARILLON_MEDIA_PROGRAM};
  Publishing publishing{
      *world.database, *world.store, *world.catalogue, runner, disk, world.clock, random, Addresses{"https://pod.example.org"}, program};

  blob::Store& media() { return *world.store; }
};

/// Frames of silence: MPEG-1 layer III, 128 kbit/s, 44,100 Hz, stereo.
inline std::string frames_of_silence() {
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
      auto edited =
          needed(world.database->read_now([&](db::Session& session) -> Result<Episode> { return queries::episode(session, id).value(); }));
      edited.title = "Edited meanwhile";
      ++edited.revision;
      world.commit(edited);
      return {};
    };
  }
  std::string tag_of(const Episode& episode) { return needed(whole(needed(world.store->open(episode.frozen.value().prefix)))); }
  Episode draft_with_audio() {
    auto draft = world.episodes[0];
    draft.state = EpisodeState::draft;
    draft.published.reset();
    draft.frozen.reset();
    const auto frames = frames_of_silence();
    auto writer = needed(world.store->begin(ByteCount{frames.size()}));
    needed(writer->write(as_bytes(frames)));
    draft.master->frames = needed(writer->keep()).digest;
    draft.master->frames_length = ByteCount{frames.size()};
    world.commit(draft);
    return draft;
  }

  MeddlingStore store{*world.store};
  Publishing publishing{*world.database, store, *world.catalogue, runner, disk, world.clock, random, Addresses{"https://pod.example.org"},
                        program};

  blob::Store& media() { return store; }
};

/// Nothing can be read from the tables of shows, as when the database fails after a commit, until mend().
class APublisherOfALostDatabase : public APublisher {
 protected:
  APublisherOfALostDatabase() {
    publishing.acts.on_change(
        [this](const Change& change) {
          const Lock lock{mutex_};
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
    needed(world.database->write_now([](db::Session& session) -> Result<> {
      session << kLose;
      return {};
    }));
    loop.run();
    done.get();
    return std::move(*value);
  }
  void mend() {
    needed(world.database->write_now([](db::Session& session) -> Result<> {
      session << "ALTER TABLE lost RENAME TO shows";
      return {};
    }));
  }
  std::vector<std::string> heard() {
    const Lock lock{mutex_};
    return heard_;
  }
  /// Waits until so much was heard, then forgets it.
  std::vector<std::string> heard_at_last(std::size_t count) {
    EXPECT_TRUE(carillon::testing::eventually([&] { return heard().size() >= count; }));
    const Lock lock{mutex_};
    return std::exchange(heard_, {});
  }

  Mutex mutex_;
  std::vector<std::string> heard_ GUARDED_BY(mutex_);
  bool lose_with_the_next_ = false;
};

}  // namespace carillon::podcast::testing
