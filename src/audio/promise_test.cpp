// What a recording promises: told from its headers, and refused when it cannot be.

#include "audio/promise.hpp"

#include "audio/kinds.hpp"
#include "audio/media_program.hpp"
#include "audio/prefix.hpp"
#include "audio/testing/recordings.hpp"
#include "base/file.hpp"
#include "base/testing/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <algorithm>

namespace carillon::audio {
namespace {

using namespace testing;
using ::testing::HasSubstr;

class PromiseTest : public ::testing::Test {
 protected:
  Result<std::optional<Promise>> promise(std::string_view content) {
    const auto path = folder_.path() / "recording";
    EXPECT_TRUE(write_file(path, content));
    return read_promise(open_file(path, O_RDONLY).value().get());
  }
  double seconds(std::string_view content) {
    const auto read = promise(content);
    EXPECT_TRUE(read) << read.error().message;
    EXPECT_TRUE(!read || *read) << "neither WAV nor MP3";
    return read && *read ? std::chrono::duration<double>((*read)->duration).count() : -1;
  }
  void expect_left_to_the_program(std::string_view content) {
    const auto read = promise(content);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_FALSE(*read);
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
  expect_refused(low_rate(44'100, 9, 60'000), "9 channels; Carillon supports 1 to 6");
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
  expect_left_to_the_program("x");
  expect_left_to_the_program(std::string(100'000, '\0'));
  expect_left_to_the_program(std::string_view{good}.substr(0, 20));
}

/// What a header says where it is wrong.
std::string with_number(std::string file, std::size_t at, std::uint64_t number, int size = 4) {
  for (int i = 0; i < size; ++i) file[at + static_cast<std::size_t>(i)] = static_cast<char>(number >> (8 * i) & 0xFF);
  return file;
}
std::string chunk(const std::string& name, const std::string& content) {
  return with_number(name + std::string(4, '\0') + content + std::string(content.size() % 2, '\0'), 4, content.size());
}
/// RF64 or BW64 of ten seconds of 16-bit stereo whose ds64 says `bytes`.
std::string large_wav(const std::string& form, std::uint64_t bytes, std::uint32_t in_chunk = 0xFFFF'FFFF) {
  const auto plain = wav(sine(440, 0.5), 10);
  const auto ds64 = with_number(with_number(chunk("ds64", std::string(28, '\0')), 8, bytes + 72, 8), 16, bytes, 8);
  return form + "\xFF\xFF\xFF\xFF" + "WAVE" + ds64 + with_number(plain.substr(12), 28, in_chunk);
}

TEST_F(PromiseTest, AWrongLengthInAWavLosesNoSoundWithoutAWord) {
  const auto good = wav(sine(440, 0.5), 10);
  constexpr std::size_t kData = 40, kRiff = 4;
  const auto there = static_cast<std::uint32_t>(good.size() - 44);
  // Writers that did not know it: all of the sound.
  for (const std::uint32_t unknown : {0U, 0xFFFF'FFFFU, 0xFFFF'FFFFU - 36, 0xFFFF'FFDCU, 0x7FFF'FFFFU, 0x7FFF'F000U, 0x8000'0000U})
    EXPECT_NEAR(seconds(with_number(good, kData, unknown)), 10, 0.01) << unknown;
  // The length of the whole file is nothing anybody needs.
  for (const std::uint32_t riff : {0U, 1U, there, 0xFFFF'FFFFU}) EXPECT_NEAR(seconds(with_number(good, kRiff, riff)), 10, 0.01) << riff;
  // Stale or wrapped: what is said and what is there.
  for (const std::uint32_t stale : {there / 2, there / 2 - 1, there / 2 - 2, there / 2 - 3})
    expect_refused(with_number(good, kData, stale),
                   stale == there / 2 ? "it says 0:05, but 0:10 of audio follow" : "it says 0:04, but 0:10 of audio follow");
  expect_refused(with_number(good, kData, 1), "it says 0:00, but 0:10 of audio follow");
  // More than there is, also where that is more than 2 GiB.
  expect_refused(with_number(good, kData, there * 3), "it should last 0:30 but ends after 0:10");
  expect_refused(with_number(good, kData, 0x9000'0000U), "ends after 0:10");
  expect_refused(with_number(good, kData, 0x7000'0000U), "ends after 0:10");
  // A little off is nothing that can be heard.
  EXPECT_NEAR(seconds(with_number(good, kData, there + 2)), 10, 0.01);
  EXPECT_NEAR(seconds(with_number(good, kData, there - 3)), 10, 0.01);
}

TEST_F(PromiseTest, ChunksBehindTheSoundAreNoSound) {
  const auto good = wav(sine(440, 0.5), 10);
  const auto text = std::string(400'000, 'x'), odd = std::string(399'999, '\0');
  EXPECT_NEAR(seconds(good + chunk("LIST", text)), 10, 0.01);
  EXPECT_NEAR(seconds(good + chunk("id3 ", odd) + chunk("bext", text)), 10, 0.01);
  EXPECT_NEAR(seconds(good + chunk("LIST", text) + std::string(3'000, '\0')), 10, 0.01) << "and padding behind them";
  // A length that is odd, with and without the padding that belongs there.
  const auto mono = wav(sine(440, 0.5), 10, {.channels = 1, .sample_rate = 11'025, .bits = 24});
  ASSERT_EQ((mono.size() - 44) % 2, 0u);
  const auto cut = with_number(mono.substr(0, mono.size() - 3), 40, mono.size() - 47);
  EXPECT_NEAR(seconds(cut + chunk("LIST", text)), 10, 0.01);
  EXPECT_NEAR(seconds(cut + std::string(1, '\0') + chunk("LIST", text)), 10, 0.01);
  // Sound in two pieces is as long as both.
  const auto second = good.substr(36);
  EXPECT_NEAR(seconds(good + second), 20, 0.01);
}

TEST_F(PromiseTest, TheLargeFormsAreHeldToTheirLengthToo) {
  const auto there = wav(sine(440, 0.5), 10).size() - 44;
  for (const std::string form : {"RF64", "BW64"}) {
    SCOPED_TRACE(form);
    EXPECT_NEAR(seconds(large_wav(form, there)), 10, 0.01);
    EXPECT_NEAR(seconds(large_wav(form, there) + chunk("axml", std::string(400'000, 'x'))), 10, 0.01);
    expect_refused(large_wav(form, there * 3), "it should last 0:30 but ends after 0:10");
    expect_refused(large_wav(form, there / 2), "it says 0:05, but 0:10 of audio follow");
    expect_refused(large_wav(form, 0), "it says 0:00, but 0:10 of audio follow");
    expect_refused(large_wav(form, ~0ULL), "it should last more than 1000 hours but ends after 0:10");
    expect_refused(large_wav(form, 1ULL << 63), "ends after 0:10");
  }
}

TEST_F(PromiseTest, TwentyFourBitsMayStandInThirtyTwo) {
  auto file = wav(sine(440, 0.5), 10, {.channels = 1, .bits = 24});
  // As many bytes of 32 each.
  file.resize(44 + (file.size() - 44) / 3 * 4, '\0');
  file = with_number(with_number(with_number(file, 32, 4, 2), 28, 44'100 * 4), 40, file.size() - 44);
  EXPECT_NEAR(seconds(file), 10, 0.01);
}

TEST_F(PromiseTest, AHoleInAnMp3IsSaidAndTagsAreNoHoles) {
  const auto tag = id3_tag({.title = "T", .show = "S"});
  const auto ape = with_number("APETAGEX" + std::string(24, '\0') + std::string(300'000, 'x'), 12, 300'000);
  EXPECT_NEAR(seconds(tag + frames(400) + tag + frames(400) + ape + "TAG" + std::string(125, 'x')), 800 * 1152 / 44'100.0, 0.001);
  expect_refused(frames(100) + std::string(417 * 400, '\0') + frames(100), "its size suggests 0:15 of audio, but only 0:05 can be read");
  expect_refused(frames(1'000) + std::string(417 * 200, '\0'), "its size suggests 0:31 of audio, but only 0:26");
}

TEST_F(PromiseTest, TagsAtTheEndAreNoHolesWithoutTheirHeadersEither) {
  // A short MP3 with a large cover: what isn't sound is longer than the sound.
  const auto footer = with_number("APETAGEX" + std::string(24, '\0'), 12, 100'032);
  const auto ape = std::string(100'000, 'x') + footer, id3 = "TAG" + std::string(125, 'x');
  const auto lyrics = "LYRICSBEGIN" + std::string(50'000, 'x') + "050011LYRICS200";
  for (const auto& end : {ape, ape + id3, lyrics + id3, ape + lyrics + id3}) {
    EXPECT_NEAR(seconds(frames(40) + end), 40 * 1152 / 44'100.0, 0.001);
    EXPECT_EQ((*promise(frames(40) + end))->missing.count(), 0);
  }
  const auto damaged = promise(frames(1'000) + std::string(417 * 20, '\0') + frames(1'000));
  EXPECT_NEAR(std::chrono::duration<double>((*damaged)->missing).count(), 20 * 1152 / 44'100.0, 0.01) << "half a second, and it is said";
}

TEST_F(PromiseTest, ABigEndianWavIsReadLikeAnyOther) {
  auto file = wav(sine(440, 0.5), 5);
  const auto turn = [&](std::size_t at, std::size_t size) {
    std::reverse(file.begin() + static_cast<std::ptrdiff_t>(at), file.begin() + static_cast<std::ptrdiff_t>(at + size));
  };
  file.replace(0, 4, "RIFX");
  for (const std::size_t at : {4, 16, 24, 28, 40}) turn(at, 4);
  for (const std::size_t at : {20, 22, 32, 34}) turn(at, 2);
  EXPECT_NEAR(seconds(file), 5, 0.01);
  expect_refused(file.substr(0, file.size() / 2), "it should last 0:05 but ends after 0:02");
}

TEST_F(PromiseTest, OtherRecordingsAreLeftToTheProgramAndOtherKindsAreNamed) {
  const auto boxed = [](const std::string& brand) { return std::string("\0\0\0\x1C", 4) + "ftyp" + brand + std::string(200, '\0'); };
  expect_left_to_the_program(boxed("M4A "));
  expect_left_to_the_program(boxed("isom"));
  expect_left_to_the_program("fLaC" + std::string(200, '\0'));
  expect_left_to_the_program("OggS" + std::string(24, '\0') + "OpusHead" + std::string(200, '\0'));
  expect_left_to_the_program("FORM" + std::string(4, '\0') + "AIFF" + std::string(200, '\0'));
  expect_left_to_the_program("\xFF\xF1\x50\x80" + std::string(200, '\0'));
  expect_refused("#!AMR\n" + std::string(200, '\0'), "an AMR file, as used for phone call recordings, which isn't supported");
  expect_refused(boxed("M4P "), "a copy-protected M4P file");
  expect_refused(std::string("\xFF\xFB\x00\x00", 4) + std::string(2'000, '\0'), "a free-format MP3 file, which isn't supported");
  expect_refused("\xFF\xD8\xFF\xE0" + std::string(200, '\0'), "a picture (JPEG), not a recording");
  expect_refused("PK\3\4" + std::string(200, '\0'), "a ZIP archive");
  // Before anybody has said what a file is to be, a picture may become a cover.
  EXPECT_TRUE(check_file_kind(as_bytes("\xFF\xD8\xFF\xE0")));
  EXPECT_TRUE(check_file_kind(as_bytes("RIFF    WEBPVP8 ")));
  EXPECT_TRUE(check_file_kind(as_bytes(boxed("M4A "))));
  EXPECT_FALSE(check_file_kind(as_bytes("#!AMR\n")));
  for (const auto& good : {frames(10), id3_tag({.title = "T", .show = "S"}) + frames(10), wav(sine(440, 0.5), 1)})
    EXPECT_TRUE(check_recording_kind(as_bytes(good).first(kSniffed)));
}

TEST_F(PromiseTest, TheRoomForAMasterFollowsThePromise) {
  // As small as two bytes a frame at the lowest rate, or as large as float at the highest: the master is as long as the sound.
  const Promise hour{.duration = std::chrono::hours{1}};
  EXPECT_GT(room_for_master(hour, {}), ByteCount{3600 * 16'000});
  EXPECT_LT(room_for_master(hour, {}), ByteCount{3600 * 18'000});
  EXPECT_LT(room_for_master(Promise{.duration = std::chrono::hours{24}}, {}), ByteCount{2ULL << 30});
}

}  // namespace
}  // namespace carillon::audio
