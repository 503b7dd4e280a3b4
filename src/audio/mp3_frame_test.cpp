// Frame headers against the tables of the standard, and the walk over frames in pieces of every size.

#include "audio/mp3_frame.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::audio {
namespace {

using ::testing::HasSubstr;

std::string word(unsigned value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::optional<Mp3Header> parse(unsigned value) { return parse_mp3_header(as_bytes(word(value))); }

/// A frame with this header word, `begin` as its main_data_begin (MPEG-1) and nothing else in it.
std::string frame(unsigned value, unsigned begin = 0) {
  std::string bytes = word(value);
  bytes.resize(parse(value).value().length, '\0');
  bytes[4] = static_cast<char>(begin >> 1);
  bytes[5] = static_cast<char>(begin << 7);
  return bytes;
}

constexpr unsigned kStereo128 = 0xFFFB9064, kStereo128Padded = 0xFFFB9264, kMono96 = 0xFFFB70C4, kStereo160 = 0xFFFBA064;

Result<Mp3Stream> walk(const std::string& bytes, std::size_t piece) {
  Mp3Walker walker;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (auto fed = walker.feed(as_bytes(std::string_view{bytes}.substr(at, piece))); !fed) return forward_error(fed);
  }
  return walker.finish();
}

TEST(Mp3Header, Mpeg1Stereo) {
  const auto header = parse(kStereo128);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->version, 1);
  EXPECT_EQ(header->bitrate, 128'000);
  EXPECT_EQ(header->sample_rate, 44'100);
  EXPECT_EQ(header->channels, 2);
  EXPECT_FALSE(header->crc);
  EXPECT_FALSE(header->padding);
  EXPECT_EQ(header->length, 417u);
  EXPECT_EQ(header->samples, 1152);
  EXPECT_EQ(header->side_info, 32u);
  EXPECT_EQ(parse(kStereo128Padded)->length, 418u);
}

TEST(Mp3Header, OtherVersionsAndMono) {
  const auto mono = parse(kMono96);
  ASSERT_TRUE(mono);
  EXPECT_EQ(mono->channels, 1);
  EXPECT_EQ(mono->length, 313u);
  EXPECT_EQ(mono->side_info, 17u);

  const auto mpeg2 = parse(0xFFF38064);  // 64 kbit/s at 22,050 Hz
  ASSERT_TRUE(mpeg2);
  EXPECT_EQ(mpeg2->version, 2);
  EXPECT_EQ(mpeg2->bitrate, 64'000);
  EXPECT_EQ(mpeg2->sample_rate, 22'050);
  EXPECT_EQ(mpeg2->samples, 576);
  EXPECT_EQ(mpeg2->length, 208u);
  EXPECT_EQ(mpeg2->side_info, 17u);

  const auto mpeg25 = parse(0xFFE288C4);  // 64 kbit/s at 8,000 Hz, mono, with CRC
  ASSERT_TRUE(mpeg25);
  EXPECT_EQ(mpeg25->version, 25);
  EXPECT_EQ(mpeg25->sample_rate, 8'000);
  EXPECT_EQ(mpeg25->side_info, 9u);
  EXPECT_TRUE(mpeg25->crc);
}

TEST(Mp3Header, RefusesWhatIsReserved) {
  EXPECT_FALSE(parse(0xFFEB9064)) << "version";
  EXPECT_FALSE(parse(0xFFF99064)) << "reserved layer";
  EXPECT_FALSE(parse(0xFFFD9064)) << "layer II";
  EXPECT_FALSE(parse(0xFFFB0064)) << "free format";
  EXPECT_FALSE(parse(0xFFFBF064)) << "bitrate";
  EXPECT_FALSE(parse(0xFFFB9C64)) << "sample rate";
  EXPECT_FALSE(parse(0xFFFB9066)) << "emphasis";
  EXPECT_FALSE(parse(0xFEFB9064)) << "sync word";
  EXPECT_FALSE(parse_mp3_header(as_bytes("\xFF\xFB\x90"))) << "three bytes";
}

TEST(MainDataBegin, ReadsNineBitsOrEight) {
  EXPECT_EQ(main_data_begin(as_bytes(frame(kStereo128, 0))), 0);
  EXPECT_EQ(main_data_begin(as_bytes(frame(kStereo128, 1))), 1);
  EXPECT_EQ(main_data_begin(as_bytes(frame(kStereo128, 511))), 511);
  EXPECT_EQ(main_data_begin(as_bytes(word(0xFFF38064) + "\xFF\xFF")), 255);        // MPEG-2
  EXPECT_EQ(main_data_begin(as_bytes(word(0xFFFA9064) + "\x01\x02\x03\x80")), 7);  // behind a CRC
  EXPECT_EQ(main_data_begin(as_bytes(word(0xFFFA9064) + "\x01\x02\x03")), std::nullopt);
  EXPECT_EQ(main_data_begin(as_bytes("no frame at all")), std::nullopt);
}

TEST(Mp3Walker, CountsFramesInPiecesOfAnySize) {
  std::string bytes;
  for (int i = 0; i < 49; ++i) bytes += frame(i % 2 == 0 ? kStereo128 : kStereo128Padded);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{417}, std::size_t{1000}, bytes.size()}) {
    const auto stream = walk(bytes, piece);
    ASSERT_TRUE(stream) << stream.error().message << " in pieces of " << piece;
    EXPECT_EQ(stream->frames, 49u);
    EXPECT_EQ(stream->length.value, bytes.size());
    EXPECT_TRUE(stream->constant_bitrate);
    EXPECT_FALSE(stream->reservoir);
    EXPECT_EQ(stream->duration(), std::chrono::microseconds{1'280'000});
  }
}

TEST(Mp3Walker, TellsVariableBitrateAndReservoir) {
  const auto variable = walk(frame(kStereo128) + frame(kStereo160), 100);
  ASSERT_TRUE(variable);
  EXPECT_FALSE(variable->constant_bitrate);
  const auto borrowing = walk(frame(kStereo128) + frame(kStereo128, 1), 100);
  ASSERT_TRUE(borrowing);
  EXPECT_TRUE(borrowing->reservoir);
}

TEST(Mp3Walker, NamesTheByteWhereItBroke) {
  const auto gap = walk(frame(kStereo128) + "x" + frame(kStereo128), 64);
  ASSERT_FALSE(gap);
  EXPECT_EQ(gap.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(gap.error().message, HasSubstr("byte 417"));

  const auto changed = walk(frame(kStereo128) + frame(kMono96), 64);
  ASSERT_FALSE(changed);
  EXPECT_THAT(changed.error().message, HasSubstr("byte 417"));

  const auto cut = walk(frame(kStereo128) + frame(kStereo128).substr(0, 416), 64);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(cut.error().message, HasSubstr("truncated"));

  EXPECT_FALSE(walk("", 1));
}

TEST(Mp3Stream, DurationOfAYearDoesNotOverflow) {
  Mp3Stream stream;
  stream.first = parse(kStereo128).value();
  stream.frames = 1'207'237'500;  // 44,100 × 365 × 24 × 3600 / 1152
  EXPECT_EQ(std::chrono::duration_cast<std::chrono::hours>(stream.duration()), std::chrono::hours{365 * 24});
  EXPECT_EQ(Mp3Stream{}.duration().count(), 0);
}

}  // namespace
}  // namespace carillon::audio
