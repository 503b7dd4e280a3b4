#include "db/change_feed.hpp"

#include "base/testing/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>

#include <array>
#include <condition_variable>
#include <mutex>

namespace carillon::db {
namespace {

using carillon::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::array kMigrations{Migration{1, "things", "CREATE TABLE things (name TEXT PRIMARY KEY);\n"},
                                 Migration{2, "changes", kChangesSchema}};

/// Two processes on one database file, as far as the database knows.
class ChangeFeedTest : public ::testing::Test {
 protected:
  static std::unique_ptr<Database> opened(const std::filesystem::path& file, std::string origin) {
    auto database = Database::open(file, kMigrations);
    EXPECT_TRUE(database);
    (*database)->report_changes_as(std::move(origin));
    return std::move(*database);
  }
  static Result<> put(Database& database, const std::string& name, bool succeeds = true) {
    return database.write_now([&](Session& session) -> Result<> {
      session << "INSERT INTO things (name) VALUES (:name)", soci::use(name);
      database.note_change({.kind = "thing", .subject = name});
      database.note_change({.kind = "thing", .subject = name});
      if (!succeeds) return fail(ErrorKind::refused, "no");
      return {};
    });
  }
  std::unique_ptr<ChangeFeed> feed_of(Database& database) {
    auto feed = ChangeFeed::open(database);
    EXPECT_TRUE(feed);
    (*feed)->follow("thing", {.changed = [this](const Change& change) -> Result<> {
                                reported.push_back(change.subject);
                                return changed_answers;
                              },
                              .reload = [this]() -> Result<> {
                                reported.emplace_back("everything");
                                return reload_answers;
                              }});
    return std::move(*feed);
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "test.db";
  std::unique_ptr<Database> here = opened(file_, "a/1"), there = opened(file_, "b/1");
  std::vector<std::string> reported;
  Result<> changed_answers{}, reload_answers{};
};

TEST_F(ChangeFeedTest, TellsWhatOthersCommittedOnceInItsOrder) {
  const auto feed = feed_of(*here);
  ASSERT_TRUE(put(*there, "bell"));
  ASSERT_FALSE(put(*there, "gong", false));
  ASSERT_TRUE(put(*there, "drum"));
  feed->catch_up();
  feed->catch_up();
  EXPECT_THAT(reported, ElementsAre("bell", "drum"));
}

TEST_F(ChangeFeedTest, LeavesOutItsOwn) {
  const auto feed = feed_of(*here);
  ASSERT_TRUE(put(*here, "bell"));
  EXPECT_EQ(feed->catch_up(), 1U);
  EXPECT_THAT(reported, IsEmpty());
}

TEST_F(ChangeFeedTest, BeginsWithWhatIsCommittedThen) {
  ASSERT_TRUE(put(*there, "bell"));
  const auto feed = feed_of(*here);
  feed->catch_up();
  EXPECT_THAT(reported, IsEmpty());
}

TEST_F(ChangeFeedTest, WhatTheDatabaseDropsIsMissedAndEverythingIsReadAnew) {
  const auto feed = feed_of(*here);
  for (const auto* name : {"bell", "gong", "drum"}) ASSERT_TRUE(put(*there, name));
  ASSERT_TRUE(ChangeFeed::prune(*there, SystemClock{}.now() + kChangesKept + std::chrono::minutes{1}));
  feed->catch_up();
  EXPECT_THAT(reported, ElementsAre("everything"));
}

TEST_F(ChangeFeedTest, NumbersRiseAfterAllButTheLastWereDropped) {
  ASSERT_TRUE(put(*there, "bell"));
  const auto feed = feed_of(*here);
  ASSERT_TRUE(ChangeFeed::prune(*there, SystemClock{}.now() + kChangesKept + std::chrono::minutes{1}));
  ASSERT_TRUE(put(*there, "gong"));
  feed->catch_up();
  EXPECT_THAT(reported, ElementsAre("gong"));
}

TEST_F(ChangeFeedTest, WhatCouldNotBeTakenOverIsReadAnewUntilThatWorks) {
  const auto feed = feed_of(*here);
  changed_answers = reload_answers = fail(ErrorKind::unavailable, "not now");
  ASSERT_TRUE(put(*there, "bell"));
  feed->catch_up();
  reload_answers = {};
  feed->catch_up();
  feed->catch_up();
  EXPECT_THAT(reported, ElementsAre("bell", "everything", "everything"));
}

TEST_F(ChangeFeedTest, HearsOfAChangeWithoutAsking) {
  auto feed = ChangeFeed::open(*here);
  ASSERT_TRUE(feed);
  std::mutex mutex;
  std::condition_variable heard;
  std::string subject;
  (*feed)->follow("thing", {.changed = [&](const Change& change) -> Result<> {
                              const std::lock_guard lock{mutex};
                              subject = change.subject;
                              heard.notify_all();
                              return {};
                            },
                            .reload = []() -> Result<> { return {}; }});
  (*feed)->start();
  ASSERT_TRUE(put(*there, "bell"));
  std::unique_lock lock{mutex};
  ASSERT_TRUE(heard.wait_for(lock, std::chrono::minutes{1}, [&] { return !subject.empty(); }));
  EXPECT_EQ(subject, "bell");
  lock.unlock();
  (*feed)->stop();
}

}  // namespace
}  // namespace carillon::db
