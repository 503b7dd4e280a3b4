#include "crypto/checksum.hpp"

#include "base/encoding.hpp"

#include <gtest/gtest.h>

namespace carillon::crypto {
namespace {

TEST(Checksum, IsThatOfTheStandards) {
  // FIPS 180-4's own example.
  Checksum sha1{ChecksumAlgorithm::sha1};
  sha1.update(as_bytes("a"));
  sha1.update(as_bytes("bc"));
  EXPECT_EQ(to_hex(sha1.finish()), "a9993e364706816aba3e25717850c26c9cd0d89d");
  Checksum sha256{ChecksumAlgorithm::sha256};
  sha256.update(as_bytes("abc"));
  const auto sum = sha256.finish();
  EXPECT_EQ(to_hex(sum), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sum.size(), length_of(ChecksumAlgorithm::sha256));
}

TEST(Checksum, KnowsItsAlgorithmsByName) {
  EXPECT_EQ(checksum_algorithm_from("sha1"), ChecksumAlgorithm::sha1);
  EXPECT_EQ(checksum_algorithm_from("sha256"), ChecksumAlgorithm::sha256);
  EXPECT_FALSE(checksum_algorithm_from("SHA1"));
  EXPECT_FALSE(checksum_algorithm_from("md5"));
}

}  // namespace
}  // namespace carillon::crypto
