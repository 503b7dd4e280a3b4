// Months pass, servers stop and clocks jump: each month has one key, and of old ones nothing stays.

#include "stats/log/listener_keys.hpp"

#include "base/file.hpp"
#include "base/testing/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

namespace carillon::stats {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::SeededRandom;
using testing::TemporaryFolder;

Time at(const char* text) { return parse_rfc3339(text).value(); }

class ListenerKeysTest : public ::testing::Test {
 protected:
  std::unique_ptr<ListenerKeys> open(Time now) {
    auto keys = ListenerKeys::open(folder(), former(), now, random_);
    EXPECT_TRUE(keys) << keys.error().message;
    return std::move(*keys);
  }
  static ListenerKeys::Key key(ListenerKeys& keys, Time time, Time now) {
    const auto found = keys.key_for(time, now);
    EXPECT_TRUE(found);
    return *found;
  }
  static ListenerKeys::Key key(ListenerKeys& keys, Time time) { return key(keys, time, time); }
  static std::size_t destroyed(ListenerKeys& keys, Time now) {
    const auto count = keys.destroy_old(now);
    EXPECT_TRUE(count) << count.error().message;
    return count.value_or(0);
  }
  [[nodiscard]] std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder()}) names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
  }
  /// Whether the bytes of a key are anywhere below the root.
  [[nodiscard]] bool is_on_disk(const ListenerKeys::Key& key) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator{root_.path()}) {
      if (entry.is_regular_file() && read_file(entry.path()).value().find(as_text(key.bytes)) != std::string::npos) return true;
    }
    return false;
  }
  [[nodiscard]] std::filesystem::path folder() const { return root_.path() / "secrets" / "listeners"; }
  [[nodiscard]] std::filesystem::path former() const { return root_.path() / "secrets" / "listener.key"; }

  TemporaryFolder root_;
  SeededRandom random_;
};

TEST_F(ListenerKeysTest, AMonthHasOneKeyWhateverHappensInIt) {
  const auto first = key(*open(at("2026-11-01T00:00:00Z")), at("2026-11-01T00:00:00Z"));
  for (const auto* time : {"2026-11-02T00:00:00Z", "2026-11-17T12:00:00Z", "2026-11-30T23:59:59.999999Z"}) {
    const auto keys = open(at(time));
    EXPECT_EQ(destroyed(*keys, at(time)), 0U);
    EXPECT_EQ(key(*keys, at(time)).number, first.number) << time;
    EXPECT_EQ(key(*keys, at(time)).bytes, first.bytes) << time;
  }
  struct stat facts{};
  ASSERT_EQ(::stat((folder() / files().front()).c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0600U);
  EXPECT_EQ(facts.st_size, 32);
}

TEST_F(ListenerKeysTest, AnotherMonthHasAnotherKeyAndTheOldOneGoesTwoDaysLater) {
  const auto keys = open(at("2026-11-30T23:00:00Z"));
  const auto old = key(*keys, at("2026-11-30T23:59:59Z"));
  const auto now = at("2026-12-01T00:00:01Z");
  const auto fresh = key(*keys, now);
  EXPECT_NE(fresh.number, old.number);
  EXPECT_NE(fresh.bytes, old.bytes);
  EXPECT_EQ(key(*keys, at("2026-11-30T23:59:00Z"), now).number, old.number) << "a download that began in the old month";
  for (auto time = now; time < at("2026-12-03T00:00:00Z"); time += minutes{1}) ASSERT_EQ(destroyed(*keys, time), 0U) << to_rfc3339(time);
  EXPECT_TRUE(is_on_disk(old));
  EXPECT_EQ(destroyed(*keys, at("2026-12-03T00:00:00Z")), 1U);
  EXPECT_FALSE(is_on_disk(old));
  EXPECT_TRUE(is_on_disk(fresh));
  EXPECT_THAT(keys->numbers(), ::testing::ElementsAre(fresh.number));
  // What comes too late for its key gets the present one, and says so by its number.
  EXPECT_EQ(key(*keys, at("2026-11-30T23:59:00Z"), at("2026-12-03T00:00:01Z")).number, fresh.number);
}

TEST_F(ListenerKeysTest, WhatIsDestroyedIsOverwrittenFirst) {
  const auto keys = open(at("2026-11-30T23:00:00Z"));
  const auto old = key(*keys, at("2026-11-30T23:00:00Z"));
  // Another name of the same file shows what became of its bytes.
  const auto witness = root_.path() / "witness";
  std::filesystem::create_hard_link(folder() / files().front(), witness);
  ASSERT_TRUE(is_on_disk(old));
  EXPECT_EQ(destroyed(*keys, at("2026-12-01T00:00:00Z")), 0U);
  EXPECT_EQ(destroyed(*keys, at("2026-12-04T00:00:00Z")), 1U);
  EXPECT_EQ(read_file(witness).value(), std::string(32, '\0'));
}

TEST_F(ListenerKeysTest, AServerThatWasOffOverTheChangeOfTheMonthDestroysAnHourAfterItsStart) {
  const auto old = key(*open(at("2026-11-20T00:00:00Z")), at("2026-11-20T00:00:00Z"));
  const auto start = at("2027-01-15T08:00:00Z");
  const auto keys = open(start);
  EXPECT_NE(key(*keys, start).number, old.number);
  EXPECT_EQ(destroyed(*keys, start), 0U);
  EXPECT_EQ(destroyed(*keys, start + minutes{59}), 0U);
  EXPECT_EQ(destroyed(*keys, start + minutes{60}), 1U);
  EXPECT_FALSE(is_on_disk(old));
}

TEST_F(ListenerKeysTest, RestartsInsideTheChangeNeitherForgetNorPutOff) {
  const auto old = key(*open(at("2026-11-30T12:00:00Z")), at("2026-11-30T12:00:00Z"));
  std::uint32_t december = 0;
  // A server that is restarted every ten minutes, and never runs for an hour.
  for (auto time = at("2026-12-01T00:00:00Z"); time < at("2026-12-03T00:00:00Z"); time += minutes{10}) {
    const auto keys = open(time);
    ASSERT_EQ(destroyed(*keys, time), 0U);
    const auto number = key(*keys, time).number;
    if (december == 0) december = number;
    ASSERT_EQ(number, december);
    ASSERT_EQ(key(*keys, at("2026-11-30T23:00:00Z"), time).number, old.number);
  }
  EXPECT_EQ(destroyed(*open(at("2026-12-03T00:00:00Z")), at("2026-12-03T00:00:00Z")), 1U);
  EXPECT_FALSE(is_on_disk(old));
}

TEST_F(ListenerKeysTest, AClockThatIsAheadForAMomentDestroysNothing) {
  const auto now = at("2026-11-10T00:00:00Z");
  const auto keys = open(now);
  const auto november = key(*keys, now);
  const auto wrong = at("2027-06-10T00:00:00Z");
  const auto june = key(*keys, wrong);
  EXPECT_NE(june.number, november.number);
  EXPECT_EQ(destroyed(*keys, wrong), 0U);
  EXPECT_EQ(destroyed(*keys, wrong + minutes{59}), 0U);
  EXPECT_EQ(destroyed(*keys, now + minutes{60}), 0U) << "it is right again";
  EXPECT_EQ(key(*keys, now + minutes{60}).number, november.number);
  // Ahead once more: what was noted the first time was taken back.
  EXPECT_EQ(destroyed(*keys, wrong + hours{2}), 0U);
  EXPECT_EQ(destroyed(*keys, now + hours{2}), 0U);
  // The month that was never there keeps no key for when it comes.
  EXPECT_EQ(destroyed(*keys, now + hours{2} + hours{48}), 1U);
  EXPECT_FALSE(is_on_disk(june));
  EXPECT_TRUE(is_on_disk(november));
}

TEST_F(ListenerKeysTest, AClockThatIsBehindForADayDestroysNothing) {
  const auto now = at("2026-11-10T00:00:00Z");
  const auto november = key(*open(now), now);
  const auto wrong = at("1970-01-01T00:00:10Z");
  const auto keys = open(wrong);
  EXPECT_NE(key(*keys, wrong).number, november.number);
  for (auto time = wrong; time < wrong + hours{24}; time += hours{1}) ASSERT_EQ(destroyed(*keys, time), 0U);
  EXPECT_EQ(key(*keys, now + hours{24}).number, november.number);
  EXPECT_EQ(destroyed(*keys, now + hours{24}), 0U);
  EXPECT_EQ(destroyed(*keys, now + hours{25}), 1U) << "the key of 1970";
  EXPECT_EQ(key(*keys, now + hours{25}).number, november.number);
}

TEST_F(ListenerKeysTest, TheKeyOfEarlierVersionsBecomesThisMonthsAndGoesWithIt) {
  ASSERT_TRUE(make_folder(former().parent_path()));
  const std::string bytes(32, 'k');
  ASSERT_TRUE(write_file(former(), bytes));
  const auto now = at("2026-11-24T00:00:00Z");
  const auto adopted = key(*open(now), now);
  EXPECT_EQ(adopted.number, 0U);
  EXPECT_EQ(as_text(adopted.bytes), bytes);
  EXPECT_FALSE(std::filesystem::exists(former()));
  const auto keys = open(now + hours{1});
  EXPECT_EQ(key(*keys, now + hours{1}).number, 0U);
  EXPECT_EQ(destroyed(*keys, at("2026-12-01T00:00:00Z")), 0U);
  EXPECT_EQ(destroyed(*keys, at("2026-12-03T00:00:00Z")), 1U);
  EXPECT_FALSE(is_on_disk(adopted));
}

TEST_F(ListenerKeysTest, AnEarlierVersionThatRanInBetweenBringsNoSecondKeyOfTheSameNumber) {
  ASSERT_TRUE(make_folder(former().parent_path()));
  ASSERT_TRUE(write_file(former(), std::string(32, 'k')));
  const auto now = at("2026-11-24T00:00:00Z");
  open(now);
  ASSERT_TRUE(write_file(former(), std::string(32, 'l')));
  const auto keys = open(now);
  EXPECT_EQ(as_text(key(*keys, now).bytes), std::string(32, 'k'));
  EXPECT_FALSE(std::filesystem::exists(former()));
}

TEST_F(ListenerKeysTest, AKeyOfAnotherLengthIsRefused) {
  ASSERT_TRUE(make_folder(folder()));
  for (const auto& file : {folder() / "2026-11.5f02a6c1.key", former()}) {
    ASSERT_TRUE(write_file(file, "short"));
    const auto keys = ListenerKeys::open(folder(), former(), at("2026-11-24T00:00:00Z"), random_);
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().kind, ErrorKind::corrupt);
    EXPECT_NE(keys.error().message.find(file.string()), std::string::npos);
    EXPECT_EQ(read_file(file).value(), "short");
    std::filesystem::remove(file);
  }
}

TEST_F(ListenerKeysTest, OtherFilesAreLeftAlone) {
  ASSERT_TRUE(make_folder(folder()));
  const std::vector<std::string> names{
      "2026-11.5f02a6c1.key.bak", "2026-13.5f02a6c1.key",       "2026-11.5f02a6c.key", "2026-11.5F02A6C1.key",
      "2026-11.5f02a6c1.x.key",   "2026-11.5f02a6c1.over-.key", "notes.txt",           "key"};
  for (const auto& name : names) ASSERT_TRUE(write_file(folder() / name, "an operator's own"));
  const auto keys = open(at("2026-11-24T00:00:00Z"));
  EXPECT_EQ(keys->numbers().size(), 1U);
  destroyed(*keys, at("2030-11-24T00:00:00Z"));
  destroyed(*keys, at("2030-11-25T00:00:00Z"));
  for (const auto& name : names) EXPECT_EQ(read_file(folder() / name).value(), "an operator's own") << name;
}

TEST_F(ListenerKeysTest, TheYearEndsAsAnyMonth) {
  const auto keys = open(at("2026-12-31T23:59:59Z"));
  const auto december = key(*keys, at("2026-12-31T23:59:59Z"));
  const auto january = key(*keys, at("2027-01-01T00:00:00Z"));
  EXPECT_EQ(january.number >> 16, (december.number >> 16) + 1);
  EXPECT_EQ(destroyed(*keys, at("2027-01-01T00:00:00Z")), 0U);
  EXPECT_EQ(destroyed(*keys, at("2027-01-03T00:00:00Z")), 1U);
}

}  // namespace
}  // namespace carillon::stats
