// The file system as a scan sees it, with everything that can be in its way.

#include "certs/scan/files.hpp"

#include "base/file.hpp"
#include "base/testing/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace carillon::certs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LocalFilesOfATest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string written(const std::string& name, const std::string& content) {
    std::filesystem::create_directories((folder_.path() / name).parent_path());
    EXPECT_TRUE(write_file(path(name), content));
    return path(name);
  }
  carillon::testing::TemporaryFolder folder_;
  LocalFiles files_;
};

TEST_F(LocalFilesOfATest, ErrorsAreSentences) {
  EXPECT_EQ(files_.read(path("gone")).error().message, path("gone") + " was not read, because it doesn't exist.");
  EXPECT_EQ(files_.read(path("gone")).error().kind, ErrorKind::not_found);
  EXPECT_EQ(files_.read(folder_.path().string()).error().kind, ErrorKind::invalid);
  EXPECT_EQ(files_.read(written("large", std::string(kLongestFile + 1, 'x'))).error().kind, ErrorKind::too_large);
  EXPECT_EQ(files_.read(written("full", std::string(kLongestFile, 'x'))).value().size(), kLongestFile);
  EXPECT_EQ(files_.read(written("none", "")).value(), "");
  // A file of the kernel has no size until it is read.
  EXPECT_THAT(files_.read("/proc/self/status").value(), HasSubstr("Name:"));
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(files_.read(path("pipe")).error().kind, ErrorKind::invalid) << "nobody waits for its writer";
}

TEST_F(LocalFilesOfATest, AFolderIsListedThroughItsLinksAndOnce) {
  const auto one = written("a/one", "1"), two = written("b/two", "2");
  std::filesystem::create_symlink("../b", path("a/to-b"));
  std::filesystem::create_symlink("..", path("b/up"));
  std::filesystem::create_symlink("/dev/null", path("a/device"));
  const auto listing = files_.below(path("a"));
  EXPECT_THAT(listing.problems, IsEmpty());
  EXPECT_THAT(listing.paths, ElementsAre(path("a/one"), path("a/to-b/two")));
}

TEST_F(LocalFilesOfATest, AFolderThatIsTooDeepIsMentioned) {
  std::string deep = "d";
  for (int i = 0; i < kDeepestFolder + 2; ++i) deep += "/d";
  written(deep + "/x", "");
  const auto listing = files_.below(folder_.path().string());
  EXPECT_THAT(listing.paths, IsEmpty());
  EXPECT_THAT(listing.problems, ElementsAre(HasSubstr("folders deep")));
}

TEST_F(LocalFilesOfATest, PatternsMatchLinks) {
  written("available/a.conf", "");
  std::filesystem::create_directories(path("enabled"));
  std::filesystem::create_symlink("../available/a.conf", path("enabled/a.conf"));
  EXPECT_THAT(files_.matching(path("enabled/*.conf")).paths, ElementsAre(path("enabled/a.conf")));
  EXPECT_THAT(files_.matching(path("nowhere/*.conf")).paths, IsEmpty());
  EXPECT_EQ(files_.real_path(path("enabled/a.conf")), std::filesystem::canonical(path("available/a.conf")).string());
  EXPECT_EQ(files_.real_path(path("gone")), path("gone"));
}

}  // namespace
}  // namespace carillon::certs
