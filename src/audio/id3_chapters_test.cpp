#include "audio/id3_chapters.hpp"

#include "audio/mp3_frame.hpp"
#include "audio/prefix.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::audio {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string number(std::uint32_t value, int bits) {
  std::string text;
  for (int shift = 3 * bits; shift >= 0; shift -= bits) text += static_cast<char>(value >> shift & ((1U << bits) - 1));
  return text;
}

/// A frame of version 2.3 (8 bits a byte of its length) or 2.4 (7).
std::string frame(const std::string& id, const std::string& content, int version = 4, char flags = 0) {
  return id + number(static_cast<std::uint32_t>(content.size()), version == 4 ? 7 : 8) + "\0"s + flags + content;
}

std::string tag(const std::string& frames, int version = 4, char flags = 0) {
  return "ID3"s + static_cast<char>(version) + "\0"s + flags + number(static_cast<std::uint32_t>(frames.size()), 7) + frames;
}

std::string chapter(const std::string& name, std::uint32_t start, std::uint32_t end, const std::string& inner, int version = 4,
                    char flags = 0) {
  return frame("CHAP", name + "\0"s + number(start, 8) + number(end, 8) + std::string(8, '\xFF') + inner, version, flags);
}

std::vector<TagChapter> read(const std::string& bytes) { return id3_chapters(as_bytes(bytes)); }

TEST(Id3Chapters, OfBothVersionsInEveryEncoding) {
  for (const int version : {3, 4}) {
    const auto title = [&](const std::string& content) { return frame("TIT2", content, version); };
    const auto frames =
        frame("TALB", "\0Show"s, version) + frame("CTOC", "toc\0\3\1a\0"s, version) +
        chapter("b", 5'000, 9'000,
                title("\1\xFF\xFEG\0l\0\xFC\0\x3D\xD8\x14\xDD"s) + frame("WXXX", "\1\xFF\xFEx\0\0\0https://example.org/"s, version),
                version) +
        chapter("a", 0, 5'000, title("\0Intr\xF6\0second"s) + frame("WXXX", "\0link\0https://example.org/a"s, version), version) +
        chapter("c", 9'000, 0, title("\3Gr\xC3\xBC\xC3\x9F\ne\xFF"s), version) + chapter("d", 10'000, 11'000, title("\2\0O\0K"s), version);
    EXPECT_THAT(read(tag(frames, version) + "frames"),
                ElementsAre(TagChapter{0s, 5s, "Intrö", "https://example.org/a"}, TagChapter{5s, 9s, "Glü🔔", "https://example.org/"},
                            TagChapter{9s, 9s, "Grüß e\xEF\xBF\xBD", ""}, TagChapter{10s, 11s, "OK", ""}))
        << version;
  }
}

TEST(Id3Chapters, BehindATableOfContentsWhoseSizeIsNotSynchsafe) {
  // As FFmpeg writes it from 128 bytes on.
  const auto contents = frame("CTOC", "toc\0\3\1"s + std::string(200, 'a'), 3);
  const auto bytes = tag(contents + chapter("a", 1'000, 2'000, frame("TIT2", "\3x"s)), 4);
  EXPECT_THAT(read(bytes), ElementsAre(TagChapter{1s, 2s, "x", ""}));
}

TEST(Id3Chapters, BehindExtendedHeadersAndUnsynchronisation) {
  const auto inner = chapter("a", 0xFF00, 0x1FF00, frame("TIT2", "\3x"s));
  EXPECT_THAT(read(tag("\0\0\0\6\1\0"s + inner, 4, 0x40)), ElementsAre(TagChapter{0xFF00ms, 0x1FF00ms, "x", ""}));
  const auto old = chapter("a", 1'000, 2'000, frame("TIT2", "\3x"s, 3), 3);
  EXPECT_THAT(read(tag("\0\0\0\6\0\0\0\0\0\0"s + old, 3, 0x40)), ElementsAre(TagChapter{1s, 2s, "x", ""}));
  // Every 0xFF that a zero follows got one more.
  std::string longer;
  for (const char c : old) longer += c == '\xFF' ? "\xFF\0"s : std::string(1, c);
  EXPECT_THAT(read(tag(longer, 3, '\x80')), ElementsAre(TagChapter{1s, 2s, "x", ""}));
}

TEST(Id3Chapters, WhatCannotBeReadIsPassedOver) {
  const auto good = chapter("a", 0, 1, frame("TIT2", "\3x"s));
  const auto whole = tag(good + chapter("b", 2, 3, ""));
  for (std::size_t length = 0; length < whole.size(); ++length) EXPECT_LE(read(whole.substr(0, length)).size(), 1U) << length;
  EXPECT_THAT(read(tag(good, 2)), IsEmpty());
  EXPECT_THAT(read("no tag at all"), IsEmpty());
  EXPECT_THAT(read(tag(chapter("a", 0, 1, "", 4, 0x08))), IsEmpty()) << "compressed";
  EXPECT_THAT(read(tag(frame("CHAP", "no zero"))), IsEmpty());
  EXPECT_THAT(read(tag(frame("CHAP", "a\0short"s))), IsEmpty());
  EXPECT_THAT(read(tag(chapter("a", 0xFFFFFFFF, 0xFFFFFFFF, ""))), IsEmpty());
  EXPECT_THAT(read(tag(chapter("a", 0, 1, "TIT2\x7F\x7F\x7F\x7F\0\0"s))), ElementsAre(TagChapter{0s, 1ms, "", ""}))
      << "longer than the chapter";
  EXPECT_THAT(read(tag("\x7F\x7F\x7F\x7F"s, 4, 0x40)), IsEmpty());
  std::string many;
  for (std::size_t i = 0; i < kMaxTagChapters + 5; ++i) many += chapter("a", static_cast<std::uint32_t>(i), 9'999, "");
  EXPECT_EQ(read(tag(many)).size(), kMaxTagChapters);
}

TEST(Id3Chapters, ComeBackFromATagOfOurs) {
  const std::vector<TagChapter> chapters{
      {0s, 90s, "Intro", ""}, {90s, 3600s, "Glück 漢字", "https://example.org/?a=b"}, {3600s, 3600s, "", ""}};
  const auto bytes = id3_tag({.title = "Title", .chapters = chapters});
  EXPECT_EQ(id3_length(as_bytes(bytes)).value, bytes.size());
  EXPECT_EQ(read(bytes), chapters);
  for (std::size_t at = 0; at + 4 <= bytes.size(); ++at)
    EXPECT_FALSE(parse_mp3_header(as_bytes(bytes).subspan(at))) << "looks like a frame at " << at;
  EXPECT_EQ(read(id3_tag({.title = "Title", .chapters = std::vector<TagChapter>(400, TagChapter{1s, 2s, "x", ""})})).size(),
            kMaxInContents);
}

}  // namespace
}  // namespace carillon::audio
