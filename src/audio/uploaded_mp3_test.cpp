#include "audio/uploaded_mp3.hpp"

#include "audio/master.hpp"
#include "audio/prefix.hpp"
#include "audio/testing/recordings.hpp"
#include "base/testing/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::audio {
namespace {

using namespace std::chrono_literals;

class UploadedMp3Test : public ::testing::Test {
 protected:
  struct Copied {
    std::optional<std::chrono::microseconds> duration;
    std::string frames;
  };
  Copied copied(const std::string& file) {
    auto writer = store_->begin(ByteCount{file.size()}).value();
    const auto duration = copy_frames(Body::of(file), *writer).value();
    if (!duration) return {};
    return {duration, whole(store_->open(writer->keep().value().digest).value()).value()};
  }
  carillon::testing::TemporaryFolder folder_;
  carillon::testing::SeededRandom random_{1};
  std::unique_ptr<blob::Store> store_ = blob::open_disk_store(folder_.path() / "media", random_).value();
};

/// MPEG-1 layer III, 44.1 kHz; 128 or 192 kbit/s. What is in it is silence with a number.
std::string frame(int bitrate, int number, std::size_t padding = 0) {
  std::string bytes = bitrate == 128 ? "\xFF\xFB\x90\xC4" : "\xFF\xFB\xB0\xC4";
  if (padding > 0) bytes[2] = static_cast<char>(bytes[2] | 2);
  bytes.resize(static_cast<std::size_t>(144 * bitrate * 1000 / 44'100) + padding, '\0');
  bytes[40] = static_cast<char>(number % 100);
  return bytes;
}
std::string frames(int count, bool is_variable = false) {
  std::string all;
  for (int i = 0; i < count; ++i) all += frame(is_variable && i % 3 == 0 ? 192 : 128, i, static_cast<std::size_t>(i % 2));
  return all;
}

TEST_F(UploadedMp3Test, LosesEverythingButItsFrames) {
  const auto good = frames(5'000, true);
  const auto tag = id3_tag({.title = "T", .show = std::string(60'000, 'x'), .author = std::string(60'000, 'y')});
  auto info = frame(128, 0);
  info.replace(21, 4, "Info");
  const auto ape = "APETAGEX" + std::string("\xD0\7\0\0\x20\0\0\0\0\0\0\0\0\0\0\0", 16) + std::string(8, '\0');
  for (const auto& file :
       {good, tag + good, tag + info + good, info + good + "TAG" + std::string(125, ' '), good + frame(128, 7).substr(0, 300),
        good + std::string(1'000, '\0'), tag + info + good + std::string(5'000, 'z')}) {
    const auto found = copied(file);
    ASSERT_TRUE(found.duration);
    EXPECT_TRUE(found.frames == good) << found.frames.size() << " of " << good.size();
    EXPECT_NEAR(std::chrono::duration<double>(*found.duration).count(), 5'000 * 1152 / 44'100.0, 0.001);
  }
}

TEST_F(UploadedMp3Test, IsNotServedIfItIsntFramesOfOneKind) {
  const auto good = frames(1'000);
  std::string other = "\xFF\xFB\x94\xC4";  // 48 kHz
  other.resize(384, '\0');
  for (const auto& file : {std::string("no MP3 at all") + std::string(5'000, 'x'), testing::wav(testing::sine(440, 0.5), 1),
                           "fLaC" + std::string(5'000, 'x'), good + std::string(20'000, 'x') + good, good + other + good + good + good,
                           good.substr(0, 200'000) + std::string(30'000, '\0') + good.substr(230'000)})
    EXPECT_FALSE(copied(file).duration) << file.substr(0, 8) << " " << file.size();
}

TEST_F(UploadedMp3Test, HasATableOfItsTimesThoughItsFramesDiffer) {
  // The first half takes more bytes than the second.
  std::string file;
  for (int i = 0; i < 6'000; ++i) file += frame(i < 3'000 ? 192 : 128, i);
  const auto stream = stream_of(Body::of(copied(file).frames)).value();
  EXPECT_FALSE(stream.constant_bitrate);
  const auto info = info_frame(stream);
  ASSERT_EQ(info.substr(21, 4), "Xing");
  const auto at = [&](std::size_t percent) { return static_cast<double>(static_cast<unsigned char>(info[37 + percent])) / 256; };
  EXPECT_NEAR(at(0), 0, 0.01);
  EXPECT_NEAR(at(25), 0.3, 0.01);
  EXPECT_NEAR(at(50), 0.6, 0.01);
  EXPECT_NEAR(at(75), 0.8, 0.01);
  EXPECT_EQ(info_frame(stream_of(Body::of(frames(3'000))).value()).substr(21, 4), "Info");
}

}  // namespace
}  // namespace carillon::audio
