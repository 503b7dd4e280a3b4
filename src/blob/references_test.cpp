#include "blob/references.hpp"

#include "base/testing/testing.hpp"
#include "crypto/sha256.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace carillon::blob {
namespace {

using ::testing::UnorderedElementsAre;

class MediaReferences : public ::testing::Test {
 protected:
  Result<std::vector<Digest>> all(std::vector<References> parts) {
    return database_->read_now([&](db::Session& session) { return referenced_media(session, parts); });
  }

  const Digest song_ = crypto::sha256(as_bytes("song")), cover_ = crypto::sha256(as_bytes("cover"));
  References shows_ = [this](db::Session&) -> Result<std::vector<Digest>> { return std::vector{song_, cover_}; };
  References advertisements_ = [this](db::Session&) -> Result<std::vector<Digest>> { return std::vector{song_}; };
  References broken_ = [](db::Session&) -> Result<std::vector<Digest>> { return fail(ErrorKind::corrupt, "a row is damaged"); };

 private:
  carillon::testing::TemporaryFolder folder_{carillon::testing::TemporaryFolder::On::memory};
  std::unique_ptr<db::Database> database_ =
      db::Database::open(folder_.path() / "carillon.db", std::array{db::Migration{1, "none", "CREATE TABLE things (id TEXT);"}}).value();
};

TEST_F(MediaReferences, AreThoseOfEveryPartEachOnce) {
  EXPECT_THAT(all({shows_, advertisements_}).value(), UnorderedElementsAre(song_, cover_));
}

TEST_F(MediaReferences, OfOnePartThatCannotBeReadAreNotNone) { EXPECT_EQ(all({shows_, broken_}).error().kind, ErrorKind::corrupt); }

}  // namespace
}  // namespace carillon::blob
