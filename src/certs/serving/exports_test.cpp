#include "certs/serving/exports.hpp"

#include "base/file.hpp"
#include "base/testing/testing.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace carillon::certs {
namespace {

TEST(Exports, WritesChainKeyAndBothAndRunsTheCommand) {
  const testing::TemporaryFolder folder;
  const auto target = folder.path() / "tls";
  const Export wanted{.name = "www.example.org",
                      .folder = target,
                      .command = {"/bin/cp", (target / "www.example.org.pem").string(), (folder.path() / "copied").string()}};
  ASSERT_TRUE(run_export(wanted, "CHAIN\n", "KEY\n"));
  EXPECT_EQ(*read_file(target / "www.example.org.key"), "KEY\n");
  EXPECT_EQ(*read_file(target / "www.example.org.combined.pem"), "KEY\nCHAIN\n");
  EXPECT_EQ(*read_file(folder.path() / "copied"), "CHAIN\n") << "the command ran after the files were there";
  struct stat facts{};
  ASSERT_EQ(::stat((target / "www.example.org.key").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST(Exports, SayHowTheCommandFailed) {
  const testing::TemporaryFolder folder;
  const auto failed = run_export(
      {.name = "a", .folder = folder.path(), .command = {"/bin/sh", "-c", "echo nginx: broken configuration >&2; exit 3"}}, "C", "K");
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("status 3"), std::string::npos) << failed.error().message;
  EXPECT_NE(failed.error().message.find("nginx: broken configuration"), std::string::npos) << failed.error().message;
  EXPECT_FALSE(run_command({"/no/such/program"}, std::chrono::seconds{5}));
}

TEST(Exports, StopACommandThatDoesNotEndWithAllItStarted) {
  const auto before = std::chrono::steady_clock::now();
  const auto stopped = run_command({"/bin/sh", "-c", "sleep 300 & sleep 300"}, std::chrono::seconds{1});
  ASSERT_FALSE(stopped);
  EXPECT_NE(stopped.error().message.find("didn't finish within 1 s"), std::string::npos) << stopped.error().message;
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{100});
}

TEST(Exports, KeepTheEndOfALongOutput) {
  const auto failed =
      run_command({"/bin/sh", "-c", "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; exit 1"}, std::chrono::seconds{60});
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("line 19999"), std::string::npos);
  EXPECT_LT(failed.error().message.size(), 4096U);
}

}  // namespace
}  // namespace carillon::certs
