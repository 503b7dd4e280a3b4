#include "body/body_source.hpp"

#include "base/testing/testing.hpp"
#include "body/testing/scripted_remote.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <boost/asio/thread_pool.hpp>

namespace carillon {
namespace {

using testing::ScriptedRemote;

class BodySourceTest : public ::testing::Test {
 protected:
  template <class T>
  T await(asio::awaitable<T> what) {
    loop_.restart();
    auto value = asio::co_spawn(loop_, std::move(what), asio::use_future);
    loop_.run();
    return value.get();
  }
  /// All of it, in pieces of that size, as a sender reads it: what is at hand first.
  Result<std::string> read_all(Body body, std::size_t size) {
    BodySource source{std::move(body), disk_};
    return await(all_of(source, size));
  }
  static asio::awaitable<Result<std::string>> all_of(BodySource& source, std::size_t size) {
    std::string text;
    Bytes piece(size);
    while (source.left().value > 0) {
      auto got = source.read_now(piece);
      if (got && *got == 0) got = co_await source.read(piece);
      if (!got) co_return std::unexpected(got.error());
      if (*got == 0) co_return fail(ErrorKind::internal, "an end before the end");
      text += as_text(std::span{piece}.first(*got));
    }
    co_return text;
  }
  FileSlice file(std::string_view content) {
    EXPECT_TRUE(write_file(path_, content));
    return {std::make_shared<const FileDescriptor>(open_file(path_, O_RDONLY).value()), {}, ByteCount{content.size()}};
  }

  asio::io_context loop_;
  asio::thread_pool disk_{1};
  testing::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "file";
};

TEST_F(BodySourceTest, MemoryAndFilesInMemoryAreAtHandWithoutALoop) {
  Body body;
  body.append(BytesSlice{nullptr, as_bytes("head")});
  body.append(file("file"));
  BodySource source{body, disk_};
  Bytes piece(100);
  EXPECT_EQ(source.read_now(piece).value(), 8U);
  EXPECT_EQ(as_text(std::span{piece}.first(8)), "headfile");
  EXPECT_EQ(source.left().value, 0U);
  EXPECT_EQ(source.read_now(piece).value(), 0U);
}

TEST_F(BodySourceTest, EveryPartIsWhatASubstringIsWhateverItIsMadeOf) {
  const std::string whole_text = "headremotefileelsewheretail";
  const auto remote = std::make_shared<const ScriptedRemote>(ScriptedRemote::Script{.content = "..remote..", .piece = 4});
  const auto elsewhere = std::make_shared<const ScriptedRemote>(ScriptedRemote::Script{.content = "elsewhere", .piece = 100});
  Body body;
  body.append(BytesSlice{nullptr, as_bytes("head")});
  body.append(RemoteSlice{remote, ByteCount{2}, ByteCount{6}});
  body.append(file("file"));
  body.append(RemoteSlice{elsewhere, ByteCount{}, ByteCount{9}});
  body.append(BytesSlice{nullptr, as_bytes("tail")});
  ASSERT_EQ(body.length().value, whole_text.size());
  for (std::size_t first = 0; first <= whole_text.size(); ++first) {
    for (std::size_t count = 0; first + count <= whole_text.size(); ++count) {
      const auto part = body.part(ByteCount{first}, ByteCount{count});
      for (const std::size_t size : {1U, 3U, 100U}) ASSERT_EQ(read_all(part, size).value(), whole_text.substr(first, count)) << size;
      ASSERT_EQ(whole(part).value(), whole_text.substr(first, count)) << "by who may block";
    }
  }
}

TEST_F(BodySourceTest, WhatIsRemoteIsWaitedForAndThenAtHand) {
  const auto remote = std::make_shared<const ScriptedRemote>(ScriptedRemote::Script{.content = "ding dong", .piece = 5});
  BodySource source{ScriptedRemote::body(remote), disk_};
  Bytes piece(3);
  EXPECT_EQ(source.read_now(piece).value(), 0U) << "nothing has come yet";
  EXPECT_EQ(remote->streams, 0) << "and nobody was asked: that is read()'s";
  EXPECT_EQ(await(source.read(piece)).value(), 3U);
  EXPECT_EQ(source.read_now(piece).value(), 2U) << "the rest of what was said";
  EXPECT_EQ(source.read_now(piece).value(), 0U);
  EXPECT_EQ(await(source.read(piece)).value(), 3U);
  EXPECT_EQ(source.read_now(piece).value(), 1U);
  EXPECT_EQ(source.left().value, 0U);
  EXPECT_EQ(await(source.read(piece)).value(), 0U) << "the end";
  EXPECT_EQ(remote->streams, 1);
}

TEST_F(BodySourceTest, WhatBreaksOffIsAnErrorAfterWhatCame) {
  const auto remote = std::make_shared<const ScriptedRemote>(ScriptedRemote::Script{.content = "ding dong", .piece = 3, .breaks_at = 5});
  BodySource source{ScriptedRemote::body(remote), disk_};
  Bytes piece(100);
  EXPECT_EQ(await(source.read(piece)).value(), 3U);
  EXPECT_EQ(await(source.read(piece)).value(), 2U);
  EXPECT_EQ(await(source.read(piece)).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(source.left().value, 4U);
  EXPECT_EQ(whole(ScriptedRemote::body(remote)).error().kind, ErrorKind::unavailable);
}

TEST_F(BodySourceTest, AnotherLengthThanPromisedIsAnErrorAndNoOtherBody) {
  for (const auto& script : {ScriptedRemote::Script{.content = "ding dong", .ends_at = 4},
                             ScriptedRemote::Script{.content = "ding dong", .piece = 5, .says_too_much = "ding!"}})
    EXPECT_EQ(read_all(ScriptedRemote::body(std::make_shared<const ScriptedRemote>(script)), 100).error().kind, ErrorKind::corrupt);
  const auto short_one = std::make_shared<const ScriptedRemote>(ScriptedRemote::Script{.content = "ding dong", .ends_at = 4});
  EXPECT_EQ(whole(ScriptedRemote::body(short_one)).error().kind, ErrorKind::corrupt);
  Body cut;
  cut.append(file("file"));
  ASSERT_EQ(::truncate(path_.c_str(), 2), 0);
  EXPECT_EQ(read_all(cut, 100).error().kind, ErrorKind::corrupt);
}

TEST_F(BodySourceTest, ACancelledOneEndsItsWaitAndStaysOver) {
  const auto remote = std::make_shared<const ScriptedRemote>(ScriptedRemote::Script{.content = "ding dong", .hangs_at = 5});
  BodySource source{ScriptedRemote::body(remote), disk_};
  Bytes piece(100);
  EXPECT_EQ(await(source.read(piece)).value(), 5U);
  loop_.restart();
  auto waits = asio::co_spawn(loop_, source.read(piece), asio::use_future);
  while (remote->waiting == 0) loop_.run_one();
  source.cancel();
  loop_.run();
  EXPECT_EQ(waits.get().error().kind, ErrorKind::unavailable);
  EXPECT_EQ(remote->cancelled, 1);
  EXPECT_EQ(await(source.read(piece)).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(remote->streams, 1);
}

TEST_F(BodySourceTest, ADroppedOneLetsGoOfItsFilesAndObjects) {
  const auto remote = std::make_shared<const ScriptedRemote>(ScriptedRemote::Script{.content = "ding dong", .piece = 2});
  const std::weak_ptr<const ScriptedRemote> watched = remote;
  {
    BodySource source{ScriptedRemote::body(remote), disk_};
    Bytes piece(1);
    EXPECT_EQ(await(source.read(piece)).value(), 1U);
    EXPECT_GT(watched.use_count(), 1);
  }
  EXPECT_EQ(watched.use_count(), 1);
}

}  // namespace
}  // namespace carillon
