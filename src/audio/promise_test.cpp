// What a recording promises: told from its headers, and refused when it cannot be.

#include "audio/promise.hpp"

#include "audio/media_program.hpp"
#include "audio/prefix.hpp"
#include "audio/testing/recordings.hpp"
#include "base/file.hpp"
#include "base/testing/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>

namespace carillon::audio {
namespace {

using namespace testing;
using ::testing::HasSubstr;

class PromiseTest : public ::testing::Test {
 protected:
  Result<Promise> promise(std::string_view content) {
    const auto path = folder_.path() / "recording";
    EXPECT_TRUE(write_file(path, content));
    return read_promise(open_file(path, O_RDONLY).value().get());
  }
  double seconds(std::string_view content) {
    const auto read = promise(content);
    EXPECT_TRUE(read) << read.error().message;
    return read ? std::chrono::duration<double>(read->duration).count() : -1;
  }
  void expect_refused(std::string_view content, const std::string& why) {
    const auto read = promise(content);
    ASSERT_FALSE(read) << why;
    EXPECT_EQ(read.error().kind, ErrorKind::invalid);
    EXPECT_THAT(read.error().message, HasSubstr(why));
  }
  carillon::testing::TemporaryFolder folder_;
};

/// `count` silent frames: MPEG-1 layer III, 128 kbit/s, 44.1 kHz, 417 bytes.
std::string frames(int count) {
  std::string frame("\xFF\xFB\x90\xC4", 4);
  frame.resize(417, '\0');
  std::string all;
  for (int i = 0; i < count; ++i) all += frame;
  return all;
}

/// The header of a WAV file with `format` and `bytes` of sound behind it.
std::string low_rate(int sample_rate, int channels, std::size_t bytes, int bits = 8, int tag = 1) {
  auto file = wav(sine(1, 0), 0, {.channels = channels, .sample_rate = sample_rate, .bits = bits, .format_tag = tag});
  for (int i = 0; i < 4; ++i) file[40 + i] = static_cast<char>(bytes >> (8 * i) & 0xFF);
  return file + std::string(bytes, '\0');
}

TEST_F(PromiseTest, OfAWavIsItsBytesOverBytesASecond) {
  EXPECT_NEAR(seconds(wav(sine(440, 0.5), 3)), 3, 0.01);
  EXPECT_NEAR(seconds(wav(sine(440, 0.5), 2, {.channels = 1, .sample_rate = 8'000, .bits = 24})), 2, 0.01);
  EXPECT_NEAR(seconds(low_rate(8'000, 1, 8'000)), 1, 0.01);
  EXPECT_NEAR(seconds(low_rate(8'000, 1, 4'000, 4, 0x11)), 1, 0.01) << "ADPCM";
}

TEST_F(PromiseTest, OfAnMp3IsItsFrames) {
  EXPECT_NEAR(seconds(frames(100)), 100 * 1152 / 44'100.0, 0.001);
  EXPECT_NEAR(seconds(frames(5'000)), 5'000 * 1152 / 44'100.0, 0.001) << "over the border of pieces";
  EXPECT_NEAR(seconds(id3_tag({.title = "T", .show = "S"}) + frames(10) + "garbage between" + frames(10)), 20 * 1152 / 44'100.0, 0.001);
}

TEST_F(PromiseTest, ALyingTagOfLengthDoesNotCount) {
  // Whatever an Info frame says: what is there is counted.
  auto lying = frames(50);
  lying.replace(36, 12, std::string("Info\0\0\0\1\x7F\xFF\xFF\xFF", 12));
  EXPECT_NEAR(seconds(lying), 50 * 1152 / 44'100.0, 0.001);
}

TEST_F(PromiseTest, RatesAndChannelsThatNoRecordingHasAreRefused) {
  expect_refused(low_rate(100, 1, 60'000), "100 Hz; Carillon supports 8000 to 192000");
  expect_refused(low_rate(0, 1, 60'000), "rate of 0 Hz");
  expect_refused(low_rate(7'999, 1, 60'000), "7999");
  expect_refused(low_rate(2'000'000'000, 1, 60'000), "2000000000");
  expect_refused(low_rate(44'100, 0, 60'000), "0 channels");
  expect_refused(low_rate(44'100, 9, 60'000), "9 channels; Carillon supports 1 to 8");
  expect_refused(low_rate(44'100, 65'535, 60'000), "65535 channels");
}

TEST_F(PromiseTest, MoreThanADayIsRefused) {
  // 24 h of telephone sound as a sparse file: what is promised counts, not what the disk holds.
  const auto path = folder_.path() / "long";
  auto head = low_rate(8'000, 1, 0);
  const std::uint32_t bytes = 8'000U * 3600 * 25;
  for (int i = 0; i < 4; ++i) head[40 + i] = static_cast<char>(bytes >> (8 * i) & 0xFF);
  ASSERT_TRUE(write_file(path, head));
  std::filesystem::resize_file(path, head.size() + bytes);
  const auto read = read_promise(open_file(path, O_RDONLY).value().get());
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("longer than 24 hours"));
}

TEST_F(PromiseTest, WhatIsCutOffOrNoRecordingIsRefused) {
  const auto good = wav(sine(440, 0.5), 10);
  expect_refused(std::string_view{good}.substr(0, good.size() / 2), "incomplete: it should last 0:10 but ends after 0:0");
  expect_refused("", "empty");
  expect_refused("x", "isn't a WAV or MP3 file");
  expect_refused(std::string(100'000, '\0'), "isn't a WAV or MP3 file");
  expect_refused(std::string_view{good}.substr(0, 20), "isn't a WAV or MP3 file");
}

TEST_F(PromiseTest, TheRoomForAMasterFollowsThePromise) {
  // As small as two bytes a frame at the lowest rate, or as large as float at the highest: the master is as long as the sound.
  const Promise hour{std::chrono::hours{1}};
  EXPECT_GT(room_for_master(hour, {}), ByteCount{3600 * 16'000});
  EXPECT_LT(room_for_master(hour, {}), ByteCount{3600 * 18'000});
  EXPECT_LT(room_for_master(Promise{std::chrono::hours{24}}, {}), ByteCount{2ULL << 30});
}

}  // namespace
}  // namespace carillon::audio
