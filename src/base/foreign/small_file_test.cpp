#include "base/foreign/small_file.hpp"

#include "base/file.hpp"
#include "base/testing/testing.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <fstream>

namespace carillon {
namespace {

class SmallFile : public ::testing::Test {
 protected:
  std::filesystem::path put(const std::string& content) {
    const auto path = folder_.path() / "file";
    std::ofstream(path) << content;
    return path;
  }
  testing::TemporaryFolder folder_;
};

TEST_F(SmallFile, IsReadUpToALimit) {
  EXPECT_EQ(read_small_file(put("content"), ByteCount{7}).value(), "content");
  const auto large = read_small_file(put("contents"), ByteCount{7});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().kind, ErrorKind::too_large);
  EXPECT_NE(large.error().message.find("is larger than 7"), std::string::npos) << large.error().message;
  EXPECT_EQ(read_small_file(folder_.path() / "none", ByteCount{7}).error().kind, ErrorKind::not_found);
  EXPECT_FALSE(read_small_file(folder_.path(), ByteCount{7})) << "a folder";
}

TEST_F(SmallFile, IsARegularOne) {
  const auto pipe = folder_.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  // Neither waits for a writer nor for the end of what has none.
  for (const auto& path : {pipe, std::filesystem::path{"/dev/zero"}, std::filesystem::path{"/dev/null"}}) {
    for (const auto& read : {read_small_file(path, ByteCount{7}), read_file(path), read_passphrase_file(path)}) {
      ASSERT_FALSE(read) << path;
      EXPECT_EQ(read.error().kind, ErrorKind::invalid);
      EXPECT_NE(read.error().message.find(path.string() + " isn't a regular file"), std::string::npos) << read.error().message;
    }
  }
  // Links lead to what they name.
  std::filesystem::create_symlink(put("content"), folder_.path() / "link");
  EXPECT_EQ(read_file(folder_.path() / "link").value(), "content");
}

TEST_F(SmallFile, HasThePassphraseInItsFirstLine) {
  for (const auto* const text : {"secret", "secret\n", "secret\r\nnext line\n", "\xef\xbb\xbfsecret\n"})
    EXPECT_EQ(read_passphrase_file(put(text)).value(), "secret") << text;
  EXPECT_EQ(read_passphrase_file(put(" with spaces \n")).value(), " with spaces ");
  EXPECT_EQ(read_passphrase_file(put("")).value(), "");
  EXPECT_FALSE(read_passphrase_file(put(std::string(kLongestPassphrase + 1, 'x'))));
}

}  // namespace
}  // namespace carillon
