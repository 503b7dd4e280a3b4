#include "audio/master.hpp"

#include "audio/testing/frames.hpp"

#include <gtest/gtest.h>

namespace carillon::audio {
namespace {

using namespace std::chrono;
using testing::frames;

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t number = 0;
  for (const char byte : bytes.substr(0, 4)) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

TEST(Master, IsThreeSlicesAndTheirBytesAreAsTheyWereFrozen) {
  const auto sound = frames(100);
  const auto stream = stream_of(Body::of(sound)).value();
  for (const auto& tag : {Tag{.title = "A title"}, Tag{.genre = ""}}) {
    const auto prefix = prefix_of(tag, stream);
    const auto slices = slices_of(Body::of(prefix), Body::of(sound)).value();
    EXPECT_EQ(whole(slices.whole()).value(), prefix + sound);
    EXPECT_EQ(whole(slices.tag).value(), id3_tag(tag));
    EXPECT_EQ(whole(slices.info).value(), info_frame(stream));
    EXPECT_EQ(whole(slices.frames).value(), sound);
  }
}

TEST(Master, AnArrangementHasTheTagAndAnInfoFrameOfItsOwn) {
  const auto sound = frames(100);
  const auto prefix = prefix_of({.title = "A title"}, stream_of(Body::of(sound)).value());
  const auto slices = slices_of(Body::of(prefix), Body::of(sound)).value();
  const auto cut = cut_at(slices.frames, seconds{1}).value();
  Body twice = slices.frames.part({}, cut);
  twice.append(slices.frames);
  const auto stream = stream_of(twice).value();
  EXPECT_EQ(stream.frames, 138U);
  Body arrangement = slices.tag;
  arrangement.append(Body::of(info_frame(stream)));
  arrangement.append(twice);
  const auto bytes = whole(arrangement).value();
  const auto info = bytes.substr(slices.tag.length().value);
  EXPECT_EQ(big_endian(info.substr(44)), 138U) << "frames";
  EXPECT_EQ(big_endian(info.substr(48)), info.size()) << "bytes";
  EXPECT_EQ(arrangement.length().value, prefix.size() + cut.value + sound.size()) << "its Info frame is as long as the master's";
}

TEST(Master, APrefixOfAnotherKindIsServedAsItIs) {
  const auto info = info_frame(stream_of(Body::of(frames(3))).value());
  for (const auto& prefix : {std::string{}, std::string{"prefix"}, id3_tag({.title = "Alone"}), info + "more", std::string(300, '\xFF'),
                             id3_tag({.title = "Cut"}).substr(0, 20)}) {
    const auto slices = slices_of(Body::of(prefix), Body::of("frames")).value();
    EXPECT_EQ(whole(slices.whole()).value(), prefix + "frames");
    EXPECT_EQ(slices.info.length().value, 0U) << prefix;
  }
}

TEST(Master, IsCutWhereAFrameBegins) {
  const auto sound = frames(300);
  const auto body = Body::of(sound);
  std::size_t at = 0;
  for (std::uint64_t number = 0; at < sound.size(); ++number) {
    // Just inside of the frame, and just before its end.
    const auto begins = microseconds{(number * 1152 * 1'000'000 + 44'099) / 44'100};
    ASSERT_EQ(cut_at(body, begins).value().value, at) << number;
    ASSERT_EQ(cut_at(body, begins + microseconds{26'000}).value().value, at) << number;
    at += parse_mp3_header(as_bytes(sound).subspan(at)).value().length;
  }
  EXPECT_EQ(cut_at(body, seconds{60}).value(), body.length());
  EXPECT_EQ(cut_at(body, -seconds{1}).value().value, 0U);
}

TEST(Master, IsNotCutWhereThereIsNoFrame) {
  auto sound = frames(300);
  EXPECT_EQ(cut_at(Body::of("nothing of the kind"), {}).error().kind, ErrorKind::corrupt);
  EXPECT_EQ(cut_at(Body{}, {}).error().kind, ErrorKind::corrupt);
  sound.insert(1000, "rubbish");
  EXPECT_EQ(cut_at(Body::of(sound), seconds{3}).error().kind, ErrorKind::corrupt);
}

TEST(Master, IsOfOneFormatAndAsLongAsWasSaid) {
  const auto sound = Body::of(frames(383));  // 10 s
  EXPECT_TRUE(check_master(sound, {}, seconds{10}));
  EXPECT_FALSE(check_master(sound, {}, seconds{11}));
  EXPECT_FALSE(check_master(sound, {.bitrate = 96'000}, seconds{10}));
  auto leaning = frames(383);
  leaning[parse_mp3_header(as_bytes(leaning)).value().length + 4] = '\1';  // main_data_begin of the second frame
  EXPECT_FALSE(check_master(Body::of(leaning), {}, seconds{10}));
}

TEST(Master, ChaptersOfARecordingAreThoseOfItsTag) {
  const std::vector<TagChapter> chapters{{.start = seconds{0}, .end = seconds{5}, .title = "One", .url = ""},
                                         {.start = seconds{5}, .end = seconds{9}, .title = "Two", .url = "https://example.org/"}};
  const auto tag = id3_tag({.title = "A title", .chapters = chapters});
  EXPECT_EQ(chapters_in(Body::of(tag + frames(20))).value(), chapters);
  EXPECT_TRUE(chapters_in(Body::of(frames(20))).value().empty());
  EXPECT_TRUE(chapters_in(Body::of(tag.substr(0, 12))).value().empty()) << "cut off";
  EXPECT_TRUE(chapters_in(Body{}).value().empty());
}

}  // namespace
}  // namespace carillon::audio
