#include "certs/serving/exports.hpp"

#include "base/file.hpp"
#include "base/testing/testing.hpp"
#include "crypto/testing/authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace carillon::certs {
namespace {

struct stat facts_of(const std::filesystem::path& path) {
  struct stat facts{};
  EXPECT_EQ(::lstat(path.c_str(), &facts), 0) << path;
  return facts;
}

/// Writes what differs, and answers how many files that were.
std::size_t bring(const Export& wanted, std::string_view chain = "CHAIN\n", std::string_view key = "KEY\n") {
  const auto stale = stale_files(wanted, exported_files(wanted, chain, key));
  for (const auto& file : stale) {
    const auto put = put_exported(wanted, file);
    EXPECT_TRUE(put) << put.error().message;
  }
  return stale.size();
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

TEST(Exports, AreChainKeyAndBoth) {
  const testing::TemporaryFolder folder;
  const auto target = folder.path() / "tls";
  const Export wanted{.name = "www.example.org", .folder = target, .command = {}, .owner = {}, .group = {}};
  EXPECT_EQ(bring(wanted), 3U);
  EXPECT_EQ(*read_file(target / "www.example.org.key"), "KEY\n");
  EXPECT_EQ(*read_file(target / "www.example.org.pem"), "CHAIN\n");
  EXPECT_EQ(*read_file(target / "www.example.org.combined.pem"), "KEY\nCHAIN\n");
  EXPECT_EQ(facts_of(target / "www.example.org.key").st_mode & 0777U, 0600U);
  EXPECT_EQ(facts_of(target / "www.example.org.combined.pem").st_mode & 0777U, 0600U);
  EXPECT_EQ(facts_of(target / "www.example.org.pem").st_mode & 0777U, 0644U);
}

TEST(Exports, HaveAPkcs12FileThatIsComparedByItsContent) {
  const testing::TemporaryFolder folder;
  crypto::testing::Authority authority{Time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}}};
  const auto pem_of = [](const crypto::testing::Served& served) {
    std::string chain;
    for (const auto& certificate : served.chain) chain += *certificate.to_pem();
    return std::pair{chain, *served.key->to_pem()};
  };
  const auto [chain, key] = pem_of(authority.make(crypto::testing::Kind::good, "www.example.org"));
  Export wanted{.name = "www.example.org", .folder = folder.path(), .command = {}, .owner = {}, .group = {}, .mode = 0640};
  wanted.pkcs12 = "site.p12";
  wanted.passphrase = "secret";
  EXPECT_EQ(bring(wanted, chain, key), 4U);
  const auto file = folder.path() / "site.p12";
  EXPECT_EQ(facts_of(file).st_mode & 0777U, 0640U);
  EXPECT_EQ(bring(wanted, chain, key), 0U) << "its salt differs from that of a new one";
  const auto bytes = *read_file(file);
  ASSERT_TRUE(write_file(file, bytes.substr(1)));
  EXPECT_EQ(bring(wanted, chain, key), 1U) << "altered";
  wanted.passphrase = "another";
  EXPECT_EQ(bring(wanted, chain, key), 1U) << "another passphrase";
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  EXPECT_EQ(bring(wanted, chain, key), 1U) << "another mode";
  const auto [next_chain, next_key] = pem_of(authority.make(crypto::testing::Kind::good, "www.example.org"));
  EXPECT_EQ(bring(wanted, next_chain, next_key), 3U) << "another certificate for the same key";
  EXPECT_THAT(names_in(folder.path()),
              ::testing::ElementsAre("site.p12", "www.example.org.combined.pem", "www.example.org.key", "www.example.org.pem"));
}

TEST(Exports, WriteOnlyWhatDiffers) {
  const testing::TemporaryFolder folder;
  const Export wanted{.name = "a", .folder = folder.path(), .command = {}, .owner = {}, .group = {}};
  bring(wanted);
  const auto pem = facts_of(folder.path() / "a.pem").st_ino;
  EXPECT_EQ(bring(wanted), 0U);
  std::filesystem::remove(folder.path() / "a.key");
  EXPECT_EQ(bring(wanted), 1U) << "lost";
  ASSERT_TRUE(write_file(folder.path() / "a.combined.pem", "KEY\nChAIN\n"));
  EXPECT_EQ(bring(wanted), 1U) << "altered";
  EXPECT_EQ(facts_of(folder.path() / "a.pem").st_ino, pem) << "nobody touched it";
}

TEST(Exports, KeepModeOwnerAndLink) {
  const testing::TemporaryFolder folder;
  const auto elsewhere = folder.path() / "elsewhere";
  ASSERT_TRUE(make_folder(elsewhere));
  const Export wanted{.name = "a", .folder = folder.path() / "tls", .command = {}, .owner = {}, .group = {}};
  bring(wanted);
  const auto key = wanted.folder / "a.key", pem = wanted.folder / "a.pem", combined = wanted.folder / "a.combined.pem";
  ASSERT_EQ(::chmod(key.c_str(), 0640), 0);
  std::filesystem::remove(pem);
  std::filesystem::create_symlink("../elsewhere/real.pem", pem);
  // Only root can give a file away; anybody else at least keeps their own.
  const uid_t owner = ::geteuid() == 0 ? 12345 : ::geteuid();
  const gid_t group = ::geteuid() == 0 ? 23456 : ::getegid();
  ASSERT_EQ(::chown(combined.c_str(), owner, group), 0);
  EXPECT_EQ(bring(wanted, "NEW\n", "NEW KEY\n"), 3U);
  EXPECT_EQ(*read_file(key), "NEW KEY\n");
  EXPECT_EQ(facts_of(key).st_mode & 0777U, 0640U);
  EXPECT_TRUE(S_ISLNK(facts_of(pem).st_mode)) << "the link is still one";
  EXPECT_EQ(*read_file(elsewhere / "real.pem"), "NEW\n");
  EXPECT_EQ(facts_of(combined).st_uid, owner);
  EXPECT_EQ(facts_of(combined).st_gid, group);
  EXPECT_THAT(names_in(wanted.folder), ::testing::ElementsAre("a.combined.pem", "a.key", "a.pem"));
}

TEST(Exports, GiveFilesTheModeAndGroupThatTheConfigurationNames) {
  const testing::TemporaryFolder folder;
  Export wanted{.name = "a", .folder = folder.path(), .command = {}, .owner = {}, .group = {}};
  bring(wanted);
  wanted.mode = 0640;
  wanted.group = std::to_string(::geteuid() == 0 ? 23456 : ::getegid());
  EXPECT_EQ(bring(wanted), 3U);
  EXPECT_EQ(facts_of(folder.path() / "a.key").st_mode & 0777U, 0640U);
  EXPECT_EQ(std::to_string(facts_of(folder.path() / "a.key").st_gid), wanted.group);
  EXPECT_EQ(bring(wanted), 0U);
  wanted.owner = "no-such-user";
  const auto files = stale_files(wanted, exported_files(wanted, "C", "K"));
  ASSERT_EQ(files.size(), 3U);
  EXPECT_NE(put_exported(wanted, files.front()).error().message.find("no-such-user"), std::string::npos);
}

TEST(Exports, ForAFolderOfHaproxyAreOneFile) {
  const testing::TemporaryFolder folder;
  const Export wanted{
      .name = "a", .folder = folder.path() / "tls", .command = {}, .layout = ExportLayout::haproxy, .owner = {}, .group = {}};
  bring(wanted);
  EXPECT_THAT(names_in(wanted.folder), ::testing::ElementsAre("a.pem"));
  EXPECT_EQ(*read_file(wanted.folder / "a.pem"), "KEY\nCHAIN\n");
  EXPECT_EQ(facts_of(wanted.folder / "a.pem").st_mode & 0777U, 0600U);
}

TEST(Exports, SayWhereALoopOfLinksIs) {
  const testing::TemporaryFolder folder;
  const Export wanted{.name = "a", .folder = folder.path(), .command = {}, .owner = {}, .group = {}};
  std::filesystem::create_symlink("a.key", folder.path() / "a.key");
  const auto put = put_exported(wanted, exported_files(wanted, "C", "K").front());
  ASSERT_FALSE(put);
  EXPECT_NE(put.error().message.find("a.key"), std::string::npos) << put.error().message;
}

}  // namespace
}  // namespace carillon::certs
