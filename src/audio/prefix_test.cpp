// Tag and Info frame byte by byte, and finding the frames of files that others wrote.

#include "audio/prefix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::audio {
namespace {

using ::testing::HasSubstr;
using namespace std::string_view_literals;

constexpr unsigned char kHeader128[] = {0xFF, 0xFB, 0x90, 0x64};

std::string frames(int count) {
  std::string frame{reinterpret_cast<const char*>(kHeader128), 4};
  frame.resize(417, '\0');
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += frame;
  return bytes;
}

Mp3Stream stream_of(const std::string& bytes) {
  Mp3Walker walker;
  EXPECT_TRUE(walker.feed(as_bytes(bytes)));
  return walker.finish().value();
}

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t number = 0;
  for (const char c : bytes.substr(0, 4)) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

Result<FrameSpan> span_of(const std::string& file, std::size_t head = 64 * 1024) {
  const auto bytes = as_bytes(file);
  return frames_of(bytes.first(std::min(head, bytes.size())), bytes.last(std::min<std::size_t>(256, bytes.size())), {bytes.size()});
}

void expect_span(const Result<FrameSpan>& span, std::size_t offset, std::size_t length) {
  ASSERT_TRUE(span) << span.error().message;
  EXPECT_EQ(span->offset.value, offset);
  EXPECT_EQ(span->length.value, length);
}

std::string id3v2(std::size_t length, bool footer = false) {
  std::string tag{"ID3\4\0", 5};
  tag += footer ? '\x10' : '\0';
  for (const int shift : {21, 14, 7, 0}) tag += static_cast<char>(length >> shift & 0x7F);
  return tag + std::string(length, 'x') + (footer ? std::string(10, 'f') : std::string{});
}

std::string ape(std::uint32_t items, bool header) {
  std::string footer{"APETAGEX\xD0\x07\0\0", 12};
  for (int i = 0; i < 4; ++i) footer += static_cast<char>((items + 32) >> (8 * i));
  footer += std::string{"\0\0\0\0\0\0\0", 7} + static_cast<char>(header ? 0x80 : 0) + std::string(8, '\0');
  return (header ? std::string(32, 'h') : std::string{}) + std::string(items, 'i') + footer;
}

TEST(Id3Tag, BytesOfASmallTag) {
  Tag tag;
  tag.title = "Ä";
  tag.genre = "";
  EXPECT_EQ(id3_tag(tag),
            "ID3\4\0\0\0\0\0\x0D"
            "TIT2\0\0\0\3\0\0\3\xC3\x84"sv);
}

TEST(Id3Tag, EveryFieldHasItsFrame) {
  const auto bytes = id3_tag({"Title", "Show", "Author", "Podcast", 12, "2026-11-24", "https://example.org/ä b", {}});
  for (const auto* part : {"TIT2", "\3Title", "TALB", "\3Show", "TPE1", "\3Author", "TCON", "\3Podcast", "TRCK",
                           "\3"
                           "12",
                           "TDRC",
                           "\3"
                           "2026-11-24",
                           "WOAF", "https://example.org/%C3%A4%20b"}) {
    EXPECT_THAT(bytes, HasSubstr(part));
  }
  EXPECT_EQ(id3_length(as_bytes(bytes)).value, bytes.size());
  EXPECT_EQ(bytes.find('\xFF'), std::string::npos);
}

TEST(Id3Tag, ControlCharactersAndBrokenTextDoNotGetIn) {
  Tag tag;
  tag.title = std::string{"a\0b\nc\xFF", 6};
  tag.genre = "";
  const auto bytes = id3_tag(tag);
  EXPECT_THAT(bytes, HasSubstr("\3"
                               "abc\xEF\xBF\xBD"));
  EXPECT_EQ(id3_length(as_bytes(bytes)).value, bytes.size());
}

TEST(Id3Tag, NothingToSayIsNoTag) {
  Tag tag;
  tag.genre = "";
  EXPECT_EQ(id3_tag(tag), "");
}

TEST(Id3Tag, LongTextIsCut) {
  Tag tag;
  tag.title = std::string(1'000'000, 'x');
  const auto bytes = id3_tag(tag);
  EXPECT_LT(bytes.size(), 70'000u);
  EXPECT_EQ(id3_length(as_bytes(bytes)).value, bytes.size());
}

TEST(InfoFrame, SaysHowMuchFollows) {
  const auto sound = frames(1000);
  const auto info = info_frame(stream_of(sound));
  const auto header = parse_mp3_header(as_bytes(info));
  ASSERT_TRUE(header);
  EXPECT_EQ(header->length, info.size());
  EXPECT_EQ(header->bitrate, 128'000);
  EXPECT_EQ(header->sample_rate, 44'100);
  EXPECT_EQ(header->channels, 2);
  EXPECT_EQ(main_data_begin(as_bytes(info)), 0);
  EXPECT_EQ(info.substr(4, 32), std::string(32, '\0')) << "the side information of a silent frame";
  EXPECT_EQ(info.substr(36, 8), "Info\0\0\0\7"sv);
  EXPECT_EQ(big_endian(info.substr(44)), 1000u);
  EXPECT_EQ(big_endian(info.substr(48)), info.size() + sound.size());
  // The table leads to the place where that hundredth of the time begins, to within the 256th it can express.
  const double total = static_cast<double>(info.size() + sound.size());
  for (int part = 0; part < 100; ++part) {
    const double meant = (static_cast<double>(info.size()) + static_cast<double>(sound.size()) * part / 100) / total * 256;
    const double said = static_cast<unsigned char>(info[52 + static_cast<std::size_t>(part)]);
    EXPECT_LE(said, meant);
    EXPECT_GT(said, meant - 1.001);
  }
}

TEST(InfoFrame, IsAFrameInEveryFormat) {
  for (const unsigned third : {0x10u, 0x70u, 0x94u, 0xE8u}) {
    for (const unsigned second : {0xFBu, 0xFAu, 0xF3u, 0xE3u}) {
      for (const unsigned fourth : {0x64u, 0xC4u}) {
        const std::string word{static_cast<char>(0xFF), static_cast<char>(second), static_cast<char>(third), static_cast<char>(fourth)};
        Mp3Stream stream{parse_mp3_header(as_bytes(word)).value(), 10, {10'000}, true, false};
        const auto info = info_frame(stream);
        const auto header = parse_mp3_header(as_bytes(info));
        ASSERT_TRUE(header);
        EXPECT_EQ(header->length, info.size());
        EXPECT_EQ(header->version, stream.first.version);
        EXPECT_EQ(header->sample_rate, stream.first.sample_rate);
        EXPECT_EQ(header->channels, stream.first.channels);
        EXPECT_GE(header->bitrate, stream.first.bitrate);
        EXPECT_EQ(info.substr(4 + header->side_info, 4), "Info");
      }
    }
  }
}

TEST(Id3Length, OnlyOfATag) {
  EXPECT_EQ(id3_length(as_bytes(id3v2(300))).value, 310u);
  EXPECT_EQ(id3_length(as_bytes(id3v2(300, true))).value, 320u);
  EXPECT_EQ(id3_length(as_bytes(id3v2(300).substr(0, 10))).value, 310u);
  EXPECT_EQ(id3_length(as_bytes(id3v2(300).substr(0, 9))).value, 0u);
  EXPECT_EQ(id3_length(as_bytes("ID3\4\0\0\0\0\x80\1"sv)).value, 0u);
  EXPECT_EQ(id3_length(as_bytes("ID3\xFF\0\0\0\0\0\1"sv)).value, 0u);
  EXPECT_EQ(id3_length(as_bytes("TAG4567890")).value, 0u);
}

TEST(FramesOf, BareFramesAreAll) { expect_span(span_of(frames(5)), 0, 5 * 417); }

TEST(FramesOf, OurOwnPrefixIsTakenOff) {
  const auto sound = frames(20);
  const auto prefix = id3_tag({.title = "Title"}) + info_frame(stream_of(sound));
  expect_span(span_of(prefix + sound), prefix.size(), sound.size());
}

TEST(FramesOf, TagsOnBothSides) {
  const auto front = id3v2(500) + id3v2(70, true);
  expect_span(span_of(front + frames(5) + ape(100, true) + "TAG" + std::string(125, 't')), front.size(), 5 * 417);
  expect_span(span_of(front + frames(5) + ape(100, false)), front.size(), 5 * 417);
  expect_span(span_of(frames(1) + "TAG" + std::string(125, 't')), 0, 417);
}

TEST(FramesOf, XingAndVbriFramesAreTakenOff) {
  auto file = frames(5);
  expect_span(span_of(file), 0, 5 * 417);
  expect_span(span_of(std::string{file}.replace(36, 4, "Xing")), 417, 4 * 417);
  expect_span(span_of(std::string{file}.replace(36, 4, "VBRI")), 417, 4 * 417);
}

TEST(FramesOf, PaddingBeforeTheFirstFrameIsSkipped) {
  expect_span(span_of(id3v2(50) + std::string(1000, '\0') + frames(3)), 1060, 3 * 417);
  // Four bytes that look like a header, but no frame follows.
  expect_span(span_of(std::string{reinterpret_cast<const char*>(kHeader128), 4} + frames(3)), 4, 3 * 417);
}

TEST(FramesOf, AsksForMoreWhenTheTagIsLarge) {
  const auto file = id3v2(100'000) + frames(3);
  for (const std::size_t head : {std::size_t{1024}, std::size_t{100'010}, std::size_t{100'100}}) {
    const auto span = span_of(file, head);
    ASSERT_FALSE(span);
    EXPECT_EQ(span.error().kind, ErrorKind::too_large);
  }
  expect_span(span_of(file, 128 * 1024), 100'010, 3 * 417);
}

TEST(FramesOf, RefusesWhatHasNoFrames) {
  const auto info_only = info_frame(stream_of(frames(5)));
  const std::string endless_ape = std::string(200, 'x') + ape(0, false).replace(12, 4, "\xFF\xFF\xFF\x7F");
  for (const auto& file :
       {std::string{}, std::string{"short"}, std::string(100'000, 'x'), id3v2(500), id3v2(500).substr(0, 200), info_only, endless_ape}) {
    const auto span = span_of(file);
    ASSERT_FALSE(span) << file.size();
    EXPECT_EQ(span.error().kind, ErrorKind::invalid) << span.error().message;
  }
}

}  // namespace
}  // namespace carillon::audio
