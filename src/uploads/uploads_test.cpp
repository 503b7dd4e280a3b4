#include "uploads/uploads.hpp"

#include "base/id.hpp"
#include "crypto/sha256.hpp"
#include "net/asio.hpp"
#include "uploads/testing/world.hpp"
#include "uploads/uploads_queries.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>

namespace carillon::uploads {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::needed;

template <class T>
T await(asio::awaitable<T> what) {
  asio::io_context loop;
  std::optional<T> value;
  auto done = asio::co_spawn(loop, [&]() -> asio::awaitable<void> { value.emplace(co_await std::move(what)); }, asio::use_future);
  loop.run();
  done.get();
  return std::move(*value);
}

class AnUpload : public ::testing::Test {
 protected:
  Upload created(std::string_view bytes) { return needed(await(uploads.create({"default", "ada"}, ByteCount{bytes.size()}, ""))); }
  UploadTurns::Turn turn(const std::string& id) {
    return needed(await(uploads.take(id, "default", [] {})));
  }
  Upload sent(const std::string& id, std::string_view bytes) {
    const auto held = turn(id);
    auto piece = needed(await(uploads.open(held, needed(await(uploads.settled(held))))));
    needed(await(piece.write(as_bytes(bytes))));
    needed(await(piece.settle()));
    return piece.upload();
  }
  Result<Upload> settled(const std::string& id) {
    const auto held = turn(id);
    return await(uploads.settled(held));
  }
  Result<Digest> taken(const std::string& id) {
    const auto file = world.database->write_now([&](db::Session& session) { return take_upload(session, id); });
    if (!file) return std::unexpected(file.error());
    return file->digest;
  }
  [[nodiscard]] std::size_t parts() { return needed(world.store->parts()).size(); }

  testing::World world;
  carillon::testing::SeededRandom random{2};
  UploadLimits limits{.largest = ByteCount{1000}, .most_unfinished = 3, .most_at_once = 2};
  jobs::Workers disk{"disk", 2};
  Uploads uploads{*world.database, *world.store, disk, world.clock, random, limits};
};

TEST_F(AnUpload, InPiecesIsTheSameMediaAsInOneGo) {
  const auto upload = created("ding dong");
  EXPECT_FALSE(sent(upload.id, "ding ").finished());
  EXPECT_EQ(needed(settled(upload.id)).arrived, ByteCount{5});
  const auto whole = sent(upload.id, "dong");
  EXPECT_EQ(whole.digest, crypto::sha256(as_bytes("ding dong")));
  EXPECT_TRUE(world.store->has(*whole.digest));
  EXPECT_EQ(parts(), 0U);
  EXPECT_EQ(taken(upload.id), *whole.digest);
  EXPECT_EQ(taken(upload.id).error().kind, ErrorKind::not_found) << "it is used once";
}

TEST_F(AnUpload, RemembersWhoseItIs) {
  const auto upload = created("ding");
  const auto network = world.database->read_now(
      [&](db::Session& session) -> Result<std::optional<std::string>> { return queries::network_of_upload(session, upload.id); });
  EXPECT_EQ(needed(network), "default");
  EXPECT_EQ(needed(await(uploads.find(upload.id))).person_id, "ada");
  EXPECT_EQ(needed(await(uploads.list("default", "", 10))).size(), 1U);
  EXPECT_TRUE(needed(await(uploads.list("another", "", 10))).empty());
}

TEST_F(AnUpload, ThatIsUnfinishedIsNotTaken) {
  const auto upload = created("ding dong");
  sent(upload.id, "ding");
  const auto refused = taken(upload.id);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("4 of its 9 bytes"));
  sent(upload.id, " dong");
  EXPECT_TRUE(taken(upload.id));
}

TEST_F(AnUpload, CountsOnlyWhatWasSettled) {
  const auto upload = created("ding dong");
  {
    const auto held = turn(upload.id);
    auto piece = needed(await(uploads.open(held, upload)));
    needed(await(piece.write(as_bytes("wrong"))));
    needed(await(piece.take_back()));
    needed(await(piece.write(as_bytes("ding"))));
    needed(await(piece.settle()));
    needed(await(piece.write(as_bytes("lost"))));
  }
  EXPECT_EQ(needed(settled(upload.id)).arrived, ByteCount{4});
  EXPECT_EQ(sent(upload.id, " dong").digest, crypto::sha256(as_bytes("ding dong")));
}

TEST_F(AnUpload, TakesNoMoreThanWasPromised) {
  const auto upload = created("ding");
  const auto held = turn(upload.id);
  auto piece = needed(await(uploads.open(held, upload)));
  EXPECT_EQ(await(piece.write(as_bytes("ding dong"))).error().kind, ErrorKind::too_large);
  needed(await(piece.write(as_bytes("ding"))));
  EXPECT_EQ(await(piece.write(as_bytes("!"))).error().kind, ErrorKind::too_large);
  needed(await(piece.settle()));
  EXPECT_EQ(piece.upload().digest, crypto::sha256(as_bytes("ding")));
}

TEST_F(AnUpload, IsRefusedBeforeItsFirstByte) {
  EXPECT_EQ(await(uploads.create({}, ByteCount{0}, "")).error().kind, ErrorKind::invalid);
  EXPECT_EQ(await(uploads.create({}, ByteCount{1001}, "")).error().kind, ErrorKind::too_large);
  for (std::size_t k = 0; k < limits.most_unfinished; ++k) created("ding");
  EXPECT_EQ(await(uploads.create({"default", ""}, ByteCount{4}, "")).error().kind, ErrorKind::refused);
  EXPECT_TRUE(await(uploads.create({"another", ""}, ByteCount{4}, ""))) << "each network has its own";
  Uploads boundless{*world.database, *world.store, disk, world.clock, random, {.largest = ByteCount{1ULL << 62}}};
  EXPECT_EQ(await(boundless.create({}, ByteCount{1ULL << 60}, "")).error().kind, ErrorKind::no_space);
}

TEST_F(AnUpload, OfWhichTheDiskLostBytesIsBegunAnew) {
  const auto upload = created("ding dong");
  sent(upload.id, "ding");
  needed(world.store->drop_part(upload.id));
  EXPECT_EQ(settled(upload.id).error().kind, ErrorKind::not_found);
  EXPECT_EQ(await(uploads.find(upload.id)).error().kind, ErrorKind::not_found);
}

TEST_F(AnUpload, WhoseEndWasNotWrittenDownIsFinishedByWhoAsks) {
  // As a server leaves it that was killed between two steps: the last byte is noted, the file has its name for good or not yet.
  for (const bool placed : {false, true}) {
    const auto upload = created("ding dong");
    crypto::ResumableSha256 hash;
    {
      auto writer = needed(world.store->resume(upload.id, hash, ByteCount{9}));
      needed(writer->write(as_bytes("ding dong")));
      hash = needed(writer->sync());
    }
    needed(world.database->write_now([&](db::Session& session) -> Result<> {
      EXPECT_TRUE(queries::note_arrived(session, upload.id, hash.length(), hash.state(), world.clock.now()));
      return {};
    }));
    if (placed) needed(world.store->keep_part(upload.id, hash));
    EXPECT_EQ(needed(settled(upload.id)).digest, crypto::sha256(as_bytes("ding dong")));
    EXPECT_TRUE(taken(upload.id));
    EXPECT_EQ(parts(), 0U);
  }
}

TEST_F(AnUpload, RemovedWhileItIsWrittenToLeavesNothing) {
  const auto upload = created("ding dong");
  const auto held = turn(upload.id);
  auto piece = needed(await(uploads.open(held, upload)));
  needed(await(piece.write(as_bytes("ding"))));
  needed(world.database->write_now([&](db::Session& session) -> Result<> {
    queries::remove_upload(session, upload.id);
    return {};
  }));
  EXPECT_EQ(await(piece.settle()).error().kind, ErrorKind::not_found);
  EXPECT_EQ(parts(), 0U);
}

TEST_F(AnUpload, IsKeptForTwoDaysAfterItsLastPiece) {
  const auto idle = created("ding"), alive = created("ding dong");
  sent(idle.id, "di");
  sent(alive.id, "di");
  world.clock.advance(kUploadKept - 1h);
  sent(alive.id, "ng");
  world.clock.advance(2h);
  EXPECT_EQ(await(uploads.find(idle.id)).error().kind, ErrorKind::not_found) << "before the sweep came by";
  EXPECT_EQ(parts(), 2U);
  needed(Uploads::sweep(*world.database, *world.store, world.clock.now()));
  EXPECT_EQ(needed(world.store->parts()), std::vector{alive.id});
  EXPECT_EQ(sent(alive.id, " dong").digest, crypto::sha256(as_bytes("ding dong")));
}

TEST_F(AnUpload, ThatIsUnfinishedIsNoMediaToBackUp) {
  sent(created("ding dong").id, "ding");
  EXPECT_TRUE(needed(world.database->read_now([](db::Session& session) { return referenced_media(session); })).empty());
}

TEST_F(AnUpload, TenThousandOthersDoNotSlow) {
  needed(world.database->write_now([&](db::Session& session) -> Result<> {
    for (int k = 0; k < 10'000; ++k)
      queries::insert(session, Upload{.id = new_id(world.clock, random),
                                      .network = "default",
                                      .length = ByteCount{9},
                                      .created = world.clock.now(),
                                      .touched = world.clock.now() - kUploadKept - 1h});
    return {};
  }));
  const auto plan_of = [&](const std::string& sql) {
    return needed(world.database->read_now([&](db::Session& session) -> Result<std::string> {
      soci::rowset<soci::row> rows = (session.prepare << "EXPLAIN QUERY PLAN " + sql);
      std::string plan;
      for (const auto& row : rows) plan += row.get<std::string>(3) + "\n";
      return plan;
    }));
  };
  EXPECT_THAT(plan_of("DELETE FROM uploads WHERE touched < 1"), HasSubstr("uploads_untouched"));
  EXPECT_THAT(plan_of("SELECT id FROM uploads WHERE digest = ''"), HasSubstr("uploads_unfinished"));
  EXPECT_THAT(plan_of("SELECT COUNT(*) FROM uploads WHERE network = 'x' AND digest = ''"), HasSubstr("uploads_unfinished"));
  EXPECT_THAT(plan_of("SELECT id FROM uploads WHERE network = 'x' AND id < 'y' ORDER BY id DESC LIMIT 9"), HasSubstr("uploads_of_network"));

  std::string before;
  std::size_t listed = 0;
  while (true) {
    const auto page = needed(await(uploads.list("default", before, 1000)));
    listed += page.size();
    if (page.size() < 1000) break;
    before = page.back().id;
  }
  EXPECT_EQ(listed, 10'000U);
  needed(Uploads::sweep(*world.database, *world.store, world.clock.now()));
  EXPECT_TRUE(needed(await(uploads.list("default", "", 1000))).empty());
}

TEST_F(AnUpload, InOneGoTakesAPlaceOfItsNetworkToo) {
  Uploads few{*world.database, *world.store, disk, world.clock, random, {.most_at_once = 4, .most_of_network_at_once = 1}};
  auto first = std::optional{await(few.begin({"greedy", "ada"}, ByteCount{4}))};
  ASSERT_TRUE(*first);
  EXPECT_EQ(await(few.begin({"greedy", "ada"}, ByteCount{4})).error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(await(few.begin({"modest", "bob"}, ByteCount{4})));
  first.reset();
  EXPECT_TRUE(await(few.begin({"greedy", "ada"}, ByteCount{4})));
}

}  // namespace
}  // namespace carillon::uploads
