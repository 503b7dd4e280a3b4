#include "delivery/arrangements.hpp"

#include "audio/master.hpp"
#include "audio/testing/frames.hpp"
#include "base/testing/testing.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <gtest/gtest.h>

namespace carillon::delivery {
namespace {

using audio::testing::frames;
namespace fs = std::filesystem;

class ArrangementsTest : public ::testing::Test {
 protected:
  Digest stored(std::string_view bytes) {
    auto writer = store_->begin(ByteCount{bytes.size()}).value();
    EXPECT_TRUE(writer->write(as_bytes(bytes)));
    return writer->keep().value().digest;
  }
  /// The name of the episode's first frames.
  std::string name(int count) {
    return arrangements_
        .name_of({.episode = "01jdz0000000000000000000ab",
                  .prefix = prefix_,
                  .content = content_,
                  .pieces = {{.frames = content_, .offset = {}, .length = {frames(count).size()}}}})
        .value();
  }
  Result<std::shared_ptr<const OpenArrangement>> open(const std::string& name) {
    loop_.restart();
    auto value = asio::co_spawn(loop_, arrangements_.open(name), asio::use_future);
    loop_.run();
    return value.get();
  }
  static std::size_t descriptors() {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator{"/proc/self/fd"}, fs::directory_iterator{}));
  }
  void lose(const Digest& digest) { fs::remove(folder_.path() / digest.hex().substr(0, 2) / digest.hex()); }

  static constexpr std::size_t kMost = 4;
  carillon::testing::TemporaryFolder folder_;
  carillon::testing::SeededRandom random_;
  std::unique_ptr<blob::Store> store_ = blob::open_disk_store(folder_.path(), random_).value();
  Digest content_ = stored(frames(100));
  Digest prefix_ = stored(audio::prefix_of({.title = "One"}, audio::stream_of(Body::of(frames(100))).value()));
  Arrangements arrangements_{*store_, name_key_of("secret"), kMost};
  asio::io_context loop_;
};

TEST_F(ArrangementsTest, AreOpenedOnceAndThenAtHand) {
  const auto opened = open(name(50)).value();
  EXPECT_EQ(audio::stream_of(
                opened->stitched.body.part(opened->stitched.body.length() - ByteCount{frames(50).size()}, ByteCount{frames(50).size()}))
                ->frames,
            50U);
  EXPECT_EQ(open(name(50)).value(), opened);
  EXPECT_NE(open(name(51)).value()->digest, opened->digest);
}

TEST_F(ArrangementsTest, ShareTheDescriptorsOfTheirFilesAndTheLeastUsedAreClosed) {
  ASSERT_TRUE(open(name(10)));
  const auto before = descriptors();
  for (int count = 11; count < 11 + 3 * static_cast<int>(kMost); ++count) {
    ASSERT_TRUE(open(name(count)));
    ASSERT_TRUE(open(name(10))) << "used again and again";
  }
  EXPECT_EQ(arrangements_.open_count(), kMost);
  EXPECT_EQ(descriptors(), before);
}

TEST_F(ArrangementsTest, OfUnknownNamesAndLostFilesAreNotFound) {
  EXPECT_EQ(open("x").error().kind, ErrorKind::not_found);
  const Arrangements others{*store_, name_key_of("another secret")};
  EXPECT_FALSE(others.named(name(50)));
  const auto opened = open(name(50)).value();
  lose(content_);
  EXPECT_EQ(open(name(50)).value(), opened) << "an open file can be read after its removal";
  EXPECT_EQ(open(name(51)).error().kind, ErrorKind::not_found);
  EXPECT_EQ(arrangements_.open_count(), 1U) << "what can't be opened isn't kept";
}

}  // namespace
}  // namespace carillon::delivery
