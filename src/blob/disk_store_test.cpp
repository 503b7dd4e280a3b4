#include "blob/store.hpp"

#include "base/testing/testing.hpp"
#include "crypto/sha256.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace carillon::blob {
namespace {

namespace fs = std::filesystem;
using carillon::testing::SeededRandom;
using carillon::testing::TemporaryFolder;

class DiskStore : public ::testing::Test {
 protected:
  std::unique_ptr<Store> open() { return open_disk_store(folder_.path(), random_).value(); }
  static Stored keep(Store& store, std::string_view text) {
    auto writer = store.begin(ByteCount{text.size()}).value();
    EXPECT_TRUE(writer->write(as_bytes(text)));
    return writer->keep().value();
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(fs::recursive_directory_iterator(folder_.path()), [](const auto& entry) { return entry.is_regular_file(); }));
  }
  TemporaryFolder folder_;
  SeededRandom random_;
};

TEST_F(DiskStore, KeepsBytesUnderTheirDigest) {
  const auto store = open();
  const auto stored = keep(*store, "ding dong");
  EXPECT_EQ(stored.digest, crypto::sha256(as_bytes("ding dong")));
  EXPECT_EQ(stored.length, ByteCount{9});
  const auto body = store->open(stored.digest).value();
  EXPECT_EQ(whole(body).value(), "ding dong");
  EXPECT_TRUE(store->has(stored.digest));
}

TEST_F(DiskStore, HashesWhatSomebodyElseWroteThroughTheDescriptor) {
  const auto store = open();
  auto writer = store->begin(ByteCount{4}).value();
  ASSERT_EQ(::write(writer->descriptor(), "dong", 4), 4);
  EXPECT_EQ(writer->keep().value().digest, crypto::sha256(as_bytes("dong")));
}

TEST_F(DiskStore, LeavesNothingOfWhatWasNotKept) {
  const auto store = open();
  { ASSERT_TRUE(store->begin(ByteCount{4}).value()->write(as_bytes("ding"))); }
  EXPECT_EQ(files(), 0U);
}

TEST_F(DiskStore, RemovesHalfWrittenFilesOfAnEarlierLife) {
  open();
  std::ofstream(folder_.path() / ".incoming" / "left-over") << "half";
  open();
  EXPECT_EQ(files(), 0U);
}

TEST_F(DiskStore, TheSameBytesAreStoredOnce) {
  const auto store = open();
  const auto first = keep(*store, "ding");
  const auto second = keep(*store, "ding");
  EXPECT_EQ(first.digest, second.digest);
  EXPECT_EQ(files(), 1U);
}

TEST_F(DiskStore, WhatIsBeingServedOutlivesItsRemoval) {
  const auto store = open();
  const auto stored = keep(*store, "ding");
  const auto body = store->open(stored.digest).value();
  ASSERT_TRUE(store->remove(stored.digest, std::chrono::system_clock::time_point::max()).value());
  EXPECT_FALSE(store->has(stored.digest));
  EXPECT_EQ(whole(body).value(), "ding");
  EXPECT_EQ(store->open(stored.digest).error().kind, ErrorKind::not_found);
}

TEST_F(DiskStore, WhatWasStoredAgainSinceIsNotRemoved) {
  const auto store = open();
  const auto stored = keep(*store, "ding");
  const auto path = folder_.path() / stored.digest.hex().substr(0, 2) / stored.digest.hex();
  std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - std::chrono::hours{2});
  const auto an_hour_ago = SystemClock{}.now() - std::chrono::hours{1};
  (void)keep(*store, "ding");
  EXPECT_FALSE(store->remove(stored.digest, an_hour_ago).value());
  EXPECT_TRUE(store->has(stored.digest));
  std::filesystem::last_write_time(path, std::filesystem::file_time_type::clock::now() - std::chrono::hours{2});
  EXPECT_TRUE(store->remove(stored.digest, an_hour_ago).value());
  EXPECT_FALSE(store->has(stored.digest));
}

TEST_F(DiskStore, ListsWhatItHolds) {
  const auto store = open();
  const auto stored = keep(*store, "ding");
  std::vector<Digest> seen;
  ASSERT_TRUE(store->each([&](const Digest& digest, ByteCount length, auto) {
    seen.push_back(digest);
    EXPECT_EQ(length, ByteCount{4});
  }));
  EXPECT_EQ(seen, std::vector{stored.digest});
}

TEST_F(DiskStore, APartGoesOnInAnotherLifeAndBecomesABlob) {
  std::optional<crypto::ResumableSha256> state;
  {
    const auto store = open();
    auto writer = store->resume("upload", {}, ByteCount{9}).value();
    ASSERT_TRUE(writer->write(as_bytes("ding ")));
    state = writer->sync().value();
    ASSERT_TRUE(writer->write(as_bytes("lost with the power")));
  }
  const auto store = open();
  EXPECT_TRUE(store->has_part("upload", ByteCount{5}));
  EXPECT_EQ(store->parts().value(), std::vector<std::string>{"upload"});
  auto writer = store->resume("upload", *state, ByteCount{4}).value();
  ASSERT_TRUE(writer->write(as_bytes("dong")));
  state = writer->sync().value();
  EXPECT_EQ(state->length(), ByteCount{9});
  const auto stored = store->keep_part("upload", *state).value();
  EXPECT_EQ(stored.digest, crypto::sha256(as_bytes("ding dong")));
  EXPECT_EQ(stored.length, ByteCount{9});
  const auto body = store->open(stored.digest).value();
  EXPECT_EQ(whole(body).value(), "ding dong");
  EXPECT_TRUE(store->parts().value().empty());
  EXPECT_EQ(files(), 1U);
  EXPECT_EQ(store->keep_part("upload", *state).value().digest, stored.digest) << "again, as after a crash in between";
}

TEST_F(DiskStore, APartTakesBackWhatWasNotSynced) {
  const auto store = open();
  auto writer = store->resume("upload", {}, ByteCount{4}).value();
  ASSERT_TRUE(writer->write(as_bytes("ding")));
  ASSERT_TRUE(writer->sync());
  ASSERT_TRUE(writer->write(as_bytes(" wrong, and longer")));
  ASSERT_TRUE(writer->take_back());
  ASSERT_TRUE(writer->write(as_bytes(" dong")));
  const auto stored = store->keep_part("upload", writer->sync().value()).value();
  EXPECT_EQ(stored.digest, crypto::sha256(as_bytes("ding dong")));
}

TEST_F(DiskStore, APartThatIsShorterThanItsStateIsNotGoneOnWith) {
  const auto store = open();
  auto writer = store->resume("upload", {}, ByteCount{4}).value();
  ASSERT_TRUE(writer->write(as_bytes("ding")));
  const auto state = writer->sync().value();
  fs::resize_file(folder_.path() / ".parts" / "upload", 3);
  EXPECT_FALSE(store->has_part("upload", ByteCount{4}));
  EXPECT_EQ(store->resume("upload", state, ByteCount{1}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(store->keep_part("upload", state).error().kind, ErrorKind::not_found);
  ASSERT_TRUE(store->drop_part("upload"));
  ASSERT_TRUE(store->drop_part("upload")) << "twice is once";
  EXPECT_EQ(store->resume("upload", state, ByteCount{1}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(store->keep_part("upload", state).error().kind, ErrorKind::not_found);
  EXPECT_EQ(files(), 0U);
}

TEST_F(DiskStore, APartKeptLongAfterItsLastByteIsYoung) {
  const auto store = open();
  auto writer = store->resume("upload", {}, ByteCount{4}).value();
  ASSERT_TRUE(writer->write(as_bytes("ding")));
  const auto state = writer->sync().value();
  fs::last_write_time(folder_.path() / ".parts" / "upload", fs::file_time_type::clock::now() - std::chrono::hours{2});
  const auto an_hour_ago = SystemClock{}.now() - std::chrono::hours{1};
  const auto stored = store->keep_part("upload", state).value();
  EXPECT_FALSE(store->remove(stored.digest, an_hour_ago).value());
  const auto path = folder_.path() / stored.digest.hex().substr(0, 2) / stored.digest.hex();
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours{2});
  ASSERT_TRUE(store->keep_part("upload", state));
  EXPECT_FALSE(store->remove(stored.digest, an_hour_ago).value());
}

TEST_F(DiskStore, RefusesWhatWouldNotFitBesideTheReserve) {
  const auto store = open();
  const auto refused = store->begin(ByteCount{1ULL << 60});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::no_space);
  EXPECT_NE(refused.error().message.find("is needed"), std::string::npos);
  EXPECT_EQ(files(), 0U);
}

TEST(Reserve, IsAShareOfTheDiskWithinLimits) {
  using namespace literals;
  EXPECT_EQ(reserve_of(64_MiB), 16_MiB);
  EXPECT_EQ(reserve_of(ByteCount{10'000'000'000}), ByteCount{200'000'000});
  EXPECT_EQ(reserve_of(ByteCount{1ULL << 42}), 1_GiB);
}

}  // namespace
}  // namespace carillon::blob
