#include "crypto/sealing.hpp"

#include "base/file.hpp"
#include "base/testing/testing.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace carillon::crypto {
namespace {

using carillon::testing::SeededRandom;
using carillon::testing::TemporaryFolder;

class Sealing : public ::testing::Test {
 protected:
  MasterKey open(bool make = true) { return MasterKey::open(file_, random_, make).value(); }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "master.key";
  SeededRandom random_;
};

TEST_F(Sealing, WhatIsSealedOpensAgainAfterARestart) {
  for (const std::string& secret :
       {std::string{}, std::string{"-----BEGIN PRIVATE KEY-----"}, std::string{"\0\xff\n", 3}, std::string(100'000, 'x')}) {
    const auto sealed = open().seal(secret, "certificate key", random_);
    EXPECT_TRUE(sealed.starts_with("v1:"));
    const auto opened = open().open_sealed(sealed, "certificate key");
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(*opened, secret);
  }
}

TEST_F(Sealing, TheSameSecretIsNeverSealedTheSameWayTwice) {
  EXPECT_NE(open().seal("secret", "a", random_), open().seal("secret", "a", random_));
}

TEST_F(Sealing, AnotherPurposeAnotherKeyOrAChangedByteOpensNothing) {
  const auto sealed = open().seal("secret", "certificate key", random_);
  EXPECT_EQ(open().open_sealed(sealed, "account key").error().kind, ErrorKind::corrupt);
  const auto other = MasterKey::open(folder_.path() / "other.key", random_, true).value();
  EXPECT_EQ(other.open_sealed(sealed, "certificate key").error().kind, ErrorKind::corrupt);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(open().open_sealed(changed, "certificate key")) << "changed at " << i;
    EXPECT_FALSE(open().open_sealed(sealed.substr(0, i), "certificate key")) << "cut at " << i;
  }
}

TEST_F(Sealing, TheKeyIsMadeOnceForItsOwnerAlone) {
  EXPECT_EQ(MasterKey::open(file_, random_, false).error().kind, ErrorKind::not_found);
  open();
  const auto content = read_file(file_).value();
  EXPECT_EQ(content.size(), 65U);
  open();
  EXPECT_EQ(read_file(file_).value(), content);
  struct stat facts{};
  ASSERT_EQ(::stat(file_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder_.path()}, {}), 1) << "nothing is left beside it";
}

TEST_F(Sealing, RawBytesAndTheirDigitsAreTheSameKey) {
  ASSERT_TRUE(write_file(file_, std::string(32, '\x5A')));
  const auto sealed = open(false).seal("secret", "p", random_);
  std::string digits;
  for (int i = 0; i < 32; ++i) digits += "5A";
  ASSERT_TRUE(write_file(file_, digits + "\r\n"));
  EXPECT_EQ(open(false).open_sealed(sealed, "p").value(), "secret");
}

TEST_F(Sealing, AnythingElseIsNoKeyAndIsNotReplaced) {
  for (const std::string& content :
       {std::string{}, std::string(31, 'x'), std::string(64, 'g'), std::string(62, 'a'), std::string(66, 'a')}) {
    ASSERT_TRUE(write_file(file_, content));
    const auto opened = MasterKey::open(file_, random_, true);
    ASSERT_FALSE(opened) << content;
    EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
    EXPECT_EQ(read_file(file_).value(), content);
  }
}

}  // namespace
}  // namespace carillon::crypto
