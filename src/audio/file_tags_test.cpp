// Titles, artists, dates and marks in uploaded files.

#include "audio/file_tags.hpp"

#include "audio/id3_chapters.hpp"
#include "audio/prefix.hpp"
#include "audio/promise.hpp"
#include "audio/testing/recordings.hpp"
#include "base/file.hpp"
#include "base/testing/testing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>

namespace carillon::audio {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace testing;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FileTagsTest : public ::testing::Test {
 protected:
  Promise promise(const std::string& content) {
    const auto path = folder_.path() / "recording";
    EXPECT_TRUE(write_file(path, content));
    return read_promise(open_file(path, O_RDONLY).value().get()).value().value();
  }
  carillon::testing::TemporaryFolder folder_;
};

std::string number(std::uint32_t value) {
  std::string bytes;
  testing::detail::append_number(bytes, value, 4);
  return bytes;
}
std::string chunk(const std::string& name, const std::string& content) {
  return name + number(static_cast<std::uint32_t>(content.size())) + content + std::string(content.size() % 2, '\0');
}
std::string cue(std::uint32_t id, std::uint32_t sample) {
  return number(id) + number(sample) + "data" + number(0) + number(0) + number(sample);
}
std::string label(std::uint32_t id, const std::string& text) { return chunk("labl", number(id) + text + "\0"s); }
/// A second of sound with chunks before or behind it.
std::string recording(const std::string& before, const std::string& behind = {}) {
  auto file = wav(sine(440, 0.5), 4, {.channels = 1});
  return file.substr(0, 36) + before + file.substr(36) + behind;
}

TEST_F(FileTagsTest, OfWavFiles) {
  const auto info = chunk("LIST", "INFO" + chunk("INAM", "The lighthouse\0"s) + chunk("IART", "Ren\xE9\0"s) +
                                      chunk("IPRD", "Harbour talk\0"s) + chunk("ICRD", "2026-11-30\0"s) + chunk("ISFT", "Editor\0"s));
  const FileTags expected{.title = "The lighthouse", .artist = "René", .album = "Harbour talk", .date = "2026-11-30"};
  EXPECT_EQ(promise(recording(info)).tags, expected);
  EXPECT_EQ(promise(recording("", info)).tags, expected) << "behind the sound, where most editors put it";
  EXPECT_EQ(promise(recording(chunk("LIST", "INFO" + chunk("IART", "Ren\xC3\xA9\0"s)))).tags.artist, "René");
  auto bext = std::string(602, '\0');
  bext.replace(320, 10, "2026-11-29");
  EXPECT_EQ(promise(recording(chunk("bext", bext))).tags.date, "2026-11-29");
  EXPECT_EQ(promise(recording("", chunk("id3 ", id3_tag({.title = "T", .show = "S", .author = "A", .released = "2026"})))).tags,
            (FileTags{.title = "T", .artist = "A", .album = "S", .date = "2026"}));
  EXPECT_TRUE(promise(recording("")).tags.is_empty());
}

TEST_F(FileTagsTest, MarksOfWavFilesBecomeChapters) {
  const auto cues = chunk("cue ", number(3) + cue(1, 44'100) + cue(2, 0) + cue(7, 88'200));
  const auto labels = chunk("LIST", "adtl" + label(1, "Middle") + label(2, "Intro\x01") + label(9, "of nothing"));
  EXPECT_THAT(promise(recording(cues, labels)).chapters,
              ElementsAre(AllOf(Field(&TagChapter::start, 0ms), Field(&TagChapter::title, "Intro")),
                          AllOf(Field(&TagChapter::start, 1s), Field(&TagChapter::title, "Middle"))))
      << "what has no name is a place, not a chapter";
  EXPECT_THAT(promise(recording("", cues + labels)).chapters, SizeIs(2));
  EXPECT_THAT(promise(recording(cues)).chapters, IsEmpty());
}

TEST_F(FileTagsTest, WhatIsWrongInThemIsLeftOut) {
  const auto lies = number(0xFFFFFFF0);
  for (const auto& content :
       {"cue " + lies, "LIST" + lies + "INFOINAM" + lies, chunk("LIST", "INFO"), chunk("LIST", ""), chunk("cue ", number(0xFFFFFFFF)),
        chunk("LIST", "adtllabl" + number(3) + "abc"), chunk("bext", "short"), chunk("id3 ", "ID3\4\0\0\x7F\x7F\x7F\x7F"s)}) {
    const auto read = promise(recording("", content));
    EXPECT_TRUE(read.tags.is_empty()) << content;
    EXPECT_THAT(read.chapters, IsEmpty()) << content;
  }
  const auto endless = chunk("LIST", "INFO" + chunk("INAM", std::string(300'000, 'x')));
  EXPECT_THAT(promise(recording(endless)).tags.title, SizeIs(kLongestFileTag));
}

TEST_F(FileTagsTest, OfMp3s) {
  std::string frame("\xFF\xFB\x90\xC4", 4);
  frame.resize(417, '\0');
  std::string frames;
  for (int i = 0; i < 40; ++i) frames += frame;
  const auto tag = id3_tag({.title = "Títle\nTwo", .show = "Show", .author = "Ada", .released = "2026-11-24"});
  EXPECT_EQ(promise(tag + frames).tags, (FileTags{.title = "TítleTwo", .artist = "Ada", .album = "Show", .date = "2026-11-24"}));
  auto old = "TAG" + std::string(125, '\0');
  old.replace(3, 7, "Old\xFC te");
  old.replace(33, 3, "Ada");
  old.replace(93, 4, "1999");
  EXPECT_EQ(promise(frames + old).tags, (FileTags{.title = "Oldü te", .artist = "Ada", .date = "1999"}));
  EXPECT_EQ(promise(tag + frames + old).tags.title, "TítleTwo") << "the newer one counts";
  EXPECT_TRUE(promise(frames).is_mp3);
  EXPECT_FALSE(promise(recording("")).is_mp3);
  EXPECT_TRUE(promise(frames).tags.is_empty());
}

}  // namespace
}  // namespace carillon::audio
