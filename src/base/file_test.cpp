#include "base/file.hpp"

#include "base/testing/testing.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace carillon {
namespace {

namespace fs = std::filesystem;

std::size_t entries_of(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator{folder}, fs::directory_iterator{}));
}

TEST(WriteFile, ReplacesTheWholeAndLeavesNothingElse) {
  const testing::TemporaryFolder folder;
  const auto path = folder.path() / "key";
  ASSERT_TRUE(write_file(path, "first, which is longer"));
  ASSERT_TRUE(write_file(path, "second"));
  EXPECT_EQ(read_file(path).value(), "second");
  EXPECT_EQ(entries_of(folder.path()), 1U);
}

TEST(WriteFile, HasItsModeWhateverTheUmask) {
  const testing::TemporaryFolder folder;
  const auto before = ::umask(0);
  ASSERT_TRUE(write_file(folder.path() / "secret", "x"));
  ::umask(0177);
  ASSERT_TRUE(write_file(folder.path() / "public", "x", 0644));
  ::umask(before);
  struct stat facts;
  ASSERT_EQ(::stat((folder.path() / "secret").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((folder.path() / "public").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0644U);
}

TEST(WriteFile, LeavesTheOldOneWhereItFails) {
  const testing::TemporaryFolder folder;
  // A folder cannot be replaced by a file.
  ASSERT_TRUE(make_folder(folder.path() / "taken" / "by"));
  const auto failed = write_file(folder.path() / "taken", "x");
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("taken"), std::string::npos);
  EXPECT_EQ(entries_of(folder.path()), 1U) << "the temporary file is gone";
  EXPECT_EQ(write_file(folder.path() / "none" / "x", "x").error().kind, ErrorKind::not_found);
}

TEST(ReadFile, TakesMoreThanOnePiece) {
  const testing::TemporaryFolder folder;
  const std::string content(200'000, 'x');
  ASSERT_TRUE(write_file(folder.path() / "large", content));
  EXPECT_EQ(read_file(folder.path() / "large").value(), content);
  EXPECT_EQ(read_file(folder.path() / "none").error().kind, ErrorKind::not_found);
}

TEST(WriteAll, SaysWhenTheDiskIsFull) {
  const auto full = open_file("/dev/full", O_WRONLY);
  ASSERT_TRUE(full);
  EXPECT_EQ(write_all(full->get(), as_bytes("x")).error().kind, ErrorKind::no_space);
}

TEST(FileDescriptor, ClosesWhatItOwnsOnce) {
  auto file = open_file("/dev/null", O_RDONLY).value();
  const int number = file.get();
  EXPECT_NE(::fcntl(number, F_GETFD) & FD_CLOEXEC, 0);
  FileDescriptor other{std::move(file)};
  EXPECT_EQ(other.get(), number);
  other.reset();
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

TEST(ToHuman, CountsInThousands) {
  EXPECT_EQ(to_human({999}), "999 bytes");
  EXPECT_EQ(to_human({17'200'000}), "17.2 MB");
  EXPECT_EQ(to_human({999'960}), "1.0 MB") << "no 1000.0 kB";
}

}  // namespace
}  // namespace carillon
