#include "db/database.hpp"

#include "base/testing/testing.hpp"
#include "net/asio.hpp"

#include <gtest/gtest.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <future>
#include <thread>

namespace carillon::db {
namespace {

using carillon::testing::TemporaryFolder;

constexpr std::array kFirst{
    Migration{1, "things", "CREATE TABLE things (name TEXT PRIMARY KEY);\nCREATE INDEX by_name ON things (name);\n"}};
constexpr std::array kBoth{kFirst[0], Migration{2, "sizes", "ALTER TABLE things ADD COLUMN size INTEGER NOT NULL DEFAULT 7;\n"}};
constexpr std::array kBroken{kFirst[0], Migration{2, "broken", "CREATE TABLE more (x);\nNONSENSE;\n"}};

class DatabaseTest : public ::testing::Test {
 protected:
  std::unique_ptr<Database> open(std::span<const Migration> migrations = kFirst) {
    auto database = Database::open(file_, migrations);
    EXPECT_TRUE(database) << database.error().message;
    return std::move(*database);
  }
  static int count(Database& database) {
    return database
        .read_now([](Session& session) -> Result<int> {
          int number = 0;
          session << "SELECT COUNT(*) FROM things", soci::into(number);
          return number;
        })
        .value();
  }
  static Result<> insert(Session& session, std::string name) {
    session << "INSERT INTO things (name) VALUES (:name)", soci::use(name);
    return {};
  }
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "test.db";
};

TEST_F(DatabaseTest, WhatWasWrittenIsThereAfterReopening) {
  {
    ASSERT_TRUE(open()->write_now([](Session& session) { return insert(session, "bell"); }));
  }
  EXPECT_EQ(count(*open()), 1);
}

TEST_F(DatabaseTest, AFailedWriteChangesNothing) {
  const auto database = open();
  const auto refused = database->write_now([](Session& session) -> Result<> {
    if (auto inserted = insert(session, "bell"); !inserted) return inserted;
    return fail(ErrorKind::refused, "no");
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "no");
  const auto thrown = database->write_now([](Session& session) -> Result<> {
    if (auto inserted = insert(session, "bell"); !inserted) return inserted;
    return insert(session, "bell");  // the name is taken: SOCI throws
  });
  ASSERT_FALSE(thrown);
  EXPECT_EQ(thrown.error().kind, ErrorKind::internal);
  EXPECT_EQ(count(*database), 0);
}

TEST_F(DatabaseTest, WhatWaitsForACommitHearsOfThatOneAlone) {
  const auto database = open();
  std::vector<std::string> heard;
  const auto write = [&](const std::string& name, bool commits) {
    return database->write_now([&](Session& session) -> Result<> {
      database->after_commit([&heard, name] { heard.push_back(name); });
      if (auto inserted = insert(session, name); !inserted) return inserted;
      if (!commits) return fail(ErrorKind::refused, "no");
      return {};
    });
  };
  ASSERT_TRUE(write("first", true));
  EXPECT_EQ(heard, std::vector<std::string>{"first"}) << "before the writer has its answer";
  ASSERT_FALSE(write("refused", false));
  ASSERT_FALSE(write("first", true)) << "the name is taken: SOCI throws";
  ASSERT_TRUE(write("second", true));
  EXPECT_EQ(heard, (std::vector<std::string>{"first", "second"}));
}

TEST_F(DatabaseTest, ATryDoesNotWaitForAnotherProcess) {
  const auto here = open(), elsewhere = open();
  std::promise<void> held, let_go;
  std::thread holder{[&] {
    EXPECT_TRUE(elsewhere->write_now([&](Session& session) -> Result<> {
      if (auto inserted = insert(session, "gong"); !inserted) return inserted;
      held.set_value();
      let_go.get_future().wait();
      return {};
    }));
  }};
  held.get_future().wait();
  // Measured by one who waits for a second: a write that waits itself comes after that one gives up, every time.
  bool came_first = false;
  for (int round = 0; round < 20 && !came_first; ++round) {
    std::atomic<bool> given_up = false;
    std::thread patient{[&] {
      Session session{soci::sqlite3, "db=\"" + file_.string() + "\" timeout=1"};
      EXPECT_THROW(session << "BEGIN IMMEDIATE", soci::soci_error);
      given_up = true;
    }};
    const auto tried = here->try_write_now([](Session& session) { return insert(session, "bell"); });
    came_first = !given_up;
    patient.join();
    ASSERT_FALSE(tried);
    EXPECT_EQ(tried.error().kind, ErrorKind::unavailable);
  }
  EXPECT_TRUE(came_first);
  let_go.set_value();
  holder.join();
  EXPECT_TRUE(here->try_write_now([](Session& session) { return insert(session, "bell"); }));
  EXPECT_EQ(count(*here), 2);
}

TEST_F(DatabaseTest, MigrationsAreAppliedOnceAndInOrder) {
  {
    ASSERT_TRUE(open()->write_now([](Session& session) { return insert(session, "bell"); }));
  }
  const auto database = open(kBoth);
  const auto size = database->read_now([](Session& session) -> Result<int> {
    int number = 0;
    session << "SELECT size FROM things", soci::into(number);
    return number;
  });
  ASSERT_TRUE(size) << size.error().message;
  EXPECT_EQ(*size, 7);
}

TEST_F(DatabaseTest, ABrokenMigrationLeavesNothingOfItself) {
  const auto broken = Database::open(file_, kBroken);
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().message.find("migration 2"), std::string::npos) << broken.error().message;
  const auto database = open(kBoth);  // would fail if the first half of the broken step were there
  EXPECT_EQ(count(*database), 0);
}

TEST_F(DatabaseTest, ANewerSchemaIsRefused) {
  { open(kBoth); }
  const auto older = Database::open(file_, kFirst);
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().kind, ErrorKind::conflict);
  EXPECT_NE(older.error().message.find("newer"), std::string::npos);
}

TEST_F(DatabaseTest, CoroutinesGetTheirAnswersOnTheirOwnLoop) {
  const auto database = open();
  asio::io_context loop;
  int found = -1;
  asio::co_spawn(
      loop,
      [&]() -> asio::awaitable<void> {
        for (int i = 0; i < 50; ++i) {
          const auto written = co_await database->write([i](Session& session) { return insert(session, std::to_string(i)); });
          EXPECT_TRUE(written);
        }
        const auto answer = co_await database->read([](Session& session) -> Result<int> {
          int number = 0;
          session << "SELECT COUNT(*) FROM things", soci::into(number);
          return number;
        });
        found = answer.value_or(-2);
      },
      asio::detached);
  loop.run();
  EXPECT_EQ(found, 50);
}

TEST_F(DatabaseTest, ACopyIsConsistentWhileWritesGoOn) {
  const auto database = open();
  std::atomic<bool> stop = false;
  std::thread writer{[&] {
    // Names come in pairs: a copy with an odd count would have cut a transaction in two.
    for (int i = 0; !stop; ++i) {
      const auto written = database->write_now([i](Session& session) -> Result<> {
        if (auto first = insert(session, "a" + std::to_string(i)); !first) return first;
        return insert(session, "b" + std::to_string(i));
      });
      ASSERT_TRUE(written) << written.error().message;
    }
  }};
  for (int i = 0; i < 5; ++i) {
    const auto copy = folder_.path() / ("copy" + std::to_string(i) + ".db");
    const auto copied = database->copy_to(copy);
    ASSERT_TRUE(copied) << copied.error().message;
    auto opened = Database::open(copy, kFirst);
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(count(**opened) % 2, 0);
  }
  stop = true;
  writer.join();
}

/// Overwrites `file` from its second page on.
void damage(const std::filesystem::path& file) {
  std::fstream bytes{file, std::ios::in | std::ios::out | std::ios::binary};
  bytes.seekp(0, std::ios::end);
  const auto length = bytes.tellp();
  constexpr int kPage = 4096;
  ASSERT_GT(length, kPage);
  bytes.seekp(kPage);
  bytes << std::string(static_cast<std::size_t>(length - std::streamoff{kPage}), 'x');
}

TEST_F(DatabaseTest, DamageIsNamedWithItsRemedyAndNeverBackedUp) {
  ASSERT_TRUE(open()->write_now([](Session& session) { return insert(session, "bell"); }));
  EXPECT_TRUE(Database::check(file_));
  {
    const auto database = open();
    damage(file_);
    const auto read = database->read_now([](Session& session) -> Result<int> {
      int number = 0;
      session << "SELECT COUNT(*) FROM things NOT INDEXED WHERE name > ''", soci::into(number);
      return number;
    });
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::corrupt);
    EXPECT_NE(read.error().message.find("carillon restore"), std::string::npos) << read.error().message;
    EXPECT_EQ(read.error().message.find("SELECT"), std::string::npos) << read.error().message;
    const auto copy = folder_.path() / "copy.db";
    const auto copied = database->copy_to(copy);
    ASSERT_FALSE(copied);
    EXPECT_EQ(copied.error().kind, ErrorKind::corrupt);
    EXPECT_FALSE(std::filesystem::exists(copy));
  }
  const auto checked = Database::check(file_);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::corrupt);
  const auto opened = Database::open(file_, kFirst);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::corrupt);
}

TEST_F(DatabaseTest, DamageOfAnIndexAloneIsFound) {
  ASSERT_TRUE(open()->write_now([](Session& session) -> Result<> {
    for (int i = 0; i < 100; ++i) {
      if (auto inserted = insert(session, "bell " + std::to_string(i)); !inserted) return inserted;
    }
    // The index has entries that it should not have.
    session << "PRAGMA writable_schema=ON";
    session << "UPDATE sqlite_schema SET sql = 'CREATE INDEX by_name ON things (name) WHERE length(name) > 6' WHERE name = 'by_name'";
    return {};
  }));
  const auto checked = Database::check(file_);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::corrupt);
}

/// As in a program started with CARILLON_REHEARSE_WRITES=1.
class RehearsedWrites : public DatabaseTest {
 protected:
  RehearsedWrites() { ::setenv("CARILLON_REHEARSE_WRITES", "1", 1); }
  ~RehearsedWrites() override { ::unsetenv("CARILLON_REHEARSE_WRITES"); }
};

TEST_F(RehearsedWrites, RunTwiceAndCountOnce) {
  const auto database = open();
  int runs = 0, reported = 0;
  ASSERT_TRUE(database->write_now([&](Session& session) {
    ++runs;
    database->after_commit([&] { ++reported; });
    return insert(session, "bell");
  }));
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(reported, 1);
  EXPECT_EQ(count(*database), 1);
}

TEST_F(RehearsedWrites, BringWhatMovesFromItsCapturesToLight) {
  const auto database = open();
  std::string name = "bell";
  ASSERT_TRUE(database->write_now([&](Session& session) { return insert(session, std::move(name)); }));
  const auto kept = database->read_now([](Session& session) -> Result<std::string> {
    std::string found;
    session << "SELECT name FROM things", soci::into(found);
    return found;
  });
  EXPECT_EQ(kept.value(), "");
}

TEST_F(RehearsedWrites, AnswerWithTheLastRun) {
  const auto database = open();
  int runs = 0;
  const auto answer = database->write_now([&](Session&) -> Result<int> { return ++runs; });
  EXPECT_EQ(answer.value(), 2);
}

TEST_F(DatabaseTest, TwoProcessesThatOpenANewDatabaseMakeItOnce) {
  constexpr int kProcesses = 4;
  std::vector<std::jthread> openers;
  std::array<Result<std::unique_ptr<Database>>, kProcesses> opened{fail(ErrorKind::internal, ""), fail(ErrorKind::internal, ""),
                                                                   fail(ErrorKind::internal, ""), fail(ErrorKind::internal, "")};
  for (int i = 0; i < kProcesses; ++i) openers.emplace_back([&, i] { opened[static_cast<std::size_t>(i)] = Database::open(file_, kBoth); });
  openers.clear();
  for (const auto& one : opened) EXPECT_TRUE(one) << one.error().message;
}

}  // namespace
}  // namespace carillon::db
