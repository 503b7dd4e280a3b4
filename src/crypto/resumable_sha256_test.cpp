#include "crypto/resumable_sha256.hpp"

#include "base/testing/testing.hpp"
#include "crypto/sha256.hpp"

#include <gtest/gtest.h>

namespace carillon::crypto {
namespace {

TEST(ResumableSha256, GivesTheSameDigestWhereverItIsWrittenDownAndTakenUp) {
  Bytes bytes(300);
  testing::SeededRandom random;
  random.fill(bytes);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    ResumableSha256 first;
    first.update(std::span{bytes}.first(cut));
    EXPECT_LE(first.state().size(), ResumableSha256::kLongestState);
    auto second = ResumableSha256::from_state(first.state()).value();
    EXPECT_EQ(second.length(), ByteCount{cut});
    EXPECT_EQ(second.digest(), sha256(std::span{bytes}.first(cut)));
    second.update(std::span{bytes}.subspan(cut));
    EXPECT_EQ(second.digest(), sha256(bytes)) << cut;
  }
}

TEST(ResumableSha256, GoesOnAfterItsDigestWasAskedFor) {
  ResumableSha256 hash;
  hash.update(as_bytes("ding "));
  (void)hash.digest();
  hash.update(as_bytes("dong"));
  EXPECT_EQ(hash.digest(), sha256(as_bytes("ding dong")));
}

TEST(ResumableSha256, DoesNotGoOnFromADamagedState) {
  ResumableSha256 hash;
  hash.update(as_bytes("ding dong"));
  const auto state = hash.state();
  EXPECT_EQ(ResumableSha256::from_state("").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(ResumableSha256::from_state("no base64!").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(ResumableSha256::from_state(state.substr(0, state.size() - 4)).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(ResumableSha256::from_state(state + "AAAA").error().kind, ErrorKind::corrupt);
  EXPECT_EQ(ResumableSha256::from_state(std::string(56, '/')).error().kind, ErrorKind::corrupt) << "a length beyond all files";
}

}  // namespace
}  // namespace carillon::crypto
