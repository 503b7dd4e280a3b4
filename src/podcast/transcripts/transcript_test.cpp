#include "podcast/transcripts/transcript.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

namespace carillon::podcast {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<Cue> vtt(std::string_view text) { return parse_transcript(TranscriptFormat::vtt, text).value(); }
std::vector<Cue> srt(std::string_view text) { return parse_transcript(TranscriptFormat::srt, text).value(); }

TEST(Transcript, WebVttWithVoicesNotesAndSettings) {
  EXPECT_THAT(vtt("\xEF\xBB\xBFWEBVTT - with a title\r\nKind: captions\r\n\r\nNOTE\r\nnot said\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\n"
                  "00:01.000 --> 00:02.500 align:start\r\n<v Ada>Hello <i>world</i> &amp; all</v>\r\n\r\n"
                  "the second\r\n01:00:03.000 --> 01:00:04.000\r\n<v.loud Zoë Ü>One\r\ntwo &lt;3\r\n"),
              ElementsAre(Cue{1s, 2'500ms, "Ada", "Hello world & all"}, Cue{3603s, 3604s, "Zoë Ü", "One\ntwo <3"}));
  EXPECT_THAT(vtt("WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>Yes.</v> <v B>No.</v>\n"),
              ElementsAre(Cue{1s, 2s, "A", "Yes."}, Cue{1s, 2s, "B", "No."}));
  EXPECT_THAT(vtt("WEBVTT\n\n00:01.000 --> 00:02.000\n  \t \n\n00:03.000 --> 00:03.000\na < b &unknown; &#x1F514; &#0;"),
              ElementsAre(Cue{3s, 3s, "", "a < b &unknown; 🔔 &#0;"}))
      << "a cue without a word is passed over";
}

TEST(Transcript, SubRipAsProgramsWriteIt) {
  EXPECT_THAT(srt("1\n00:00:01,000 --> 00:00:02,399\nTravis: When you first\nget <i>started</i> {\\an8}here\n\n7\n00:00:02.400 --> "
                  "00:00:04.000\n1 < 2 {x}\n\n\n"
                  "00:00:05,000 --> 00:00:06,000\nwithout a number"),
              ElementsAre(Cue{1s, 2'399ms, "", "Travis: When you first\nget started here"}, Cue{2'400ms, 4s, "", "1 < 2 {x}"},
                          Cue{5s, 6s, "", "without a number"}));
}

TEST(Transcript, SegmentsOfJson) {
  EXPECT_THAT(parse_transcript(TranscriptFormat::json,
                               R"({"version":"1.0.0","segments":[{"speaker":"Darth","startTime":0.5,"endTime":0.75,"body":"I"},
      {"startTime":1,"endTime":2,"body":" \u0007am\n\nyour "}]})")
                  .value(),
              ElementsAre(Cue{500ms, 750ms, "Darth", "I"}, Cue{1s, 2s, "", "am\nyour"}));
}

TEST(Transcript, IsWrittenSoThatItComesBack) {
  const std::vector<Cue> cues{
      {0ms, 1s, "A > B & <c>", "--> not a time"}, {1s, 360'000s, "", "Grüße\n漢字 &amp; <v Nobody>"}, {2s, 2s, "x", "NOTE"}};
  const auto written = render_vtt(cues);
  EXPECT_THAT(written, HasSubstr("--> 100:00:00.000\n"));
  EXPECT_EQ(vtt(written), cues);
}

TEST(Transcript, SaysInWhichLineWhatIsWrong) {
  struct Case {
    TranscriptFormat format;
    std::string_view text, says;
  };
  constexpr auto kVtt = TranscriptFormat::vtt, kSrt = TranscriptFormat::srt, kJson = TranscriptFormat::json;
  for (const auto& [format, text, says] : {
           Case{kVtt, "", "WEBVTT"},
           Case{kVtt, "WEBVTTX\n", "WEBVTT"},
           Case{kVtt, "WEBVTT\n\n", "transcript is empty"},
           Case{kVtt, "WEBVTT\n\nHello\n", "Line 3"},
           Case{kVtt, "WEBVTT\n\n00:01.000 --> soon\nx\n", "Line 3"},
           Case{kVtt, "WEBVTT\n\n00:61.000 --> 00:62.000\nx\n", "Line 3"},
           Case{kVtt, "WEBVTT\n\n00:01.0 --> 00:02.000\nx\n", "Line 3"},
           Case{kVtt, "WEBVTT\n\n00:02.000 --> 00:01.000\nx\n", "Line 3: the end is before"},
           Case{kVtt, "WEBVTT\n\n00:02.000 --> 00:03.000\nx\n\n00:01.000 --> 00:03.000\ny\n", "Line 6: it begins before"},
           Case{kVtt, "WEBVTT\n\n00:02.000 --> 00:03.000\nx\n00:04.000 --> 00:05.000\ny\n", "Line 5: a blank line"},
           Case{kVtt, "WEBVTT\n\n00:02.000 --> 00:03.000\n\xFF\n", "UTF-8"},
           Case{kSrt, "Hello", "Line 1"},
           Case{kSrt, "1\n", "Line 1"},
           Case{kSrt, "1\n00:00:01,000 -> 00:00:02,000\nx", "Line 2"},
           Case{kSrt, "1\n00:00:01,000 --> 1000000:00:02,000\nx", "Line 2"},
           Case{kJson, "{", "JSON"},
           Case{kJson, "[]", "segments"},
           Case{kJson, R"({"segments":[{"startTime":1,"body":"x"}]})", "segments[0]"},
           Case{kJson, R"({"segments":[{"startTime":1,"endTime":1e99,"body":"x"}]})", "segments[0]"},
           Case{kJson, R"({"segments":[1]})", "segments[0]"},
       }) {
    const auto refused = parse_transcript(format, text);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid) << text;
    EXPECT_THAT(refused.error().message, HasSubstr(says)) << text;
  }
}

TEST(Transcript, HasLimits) {
  EXPECT_EQ(parse_transcript(TranscriptFormat::vtt, std::string(kLargestTranscript + 1, ' ')).error().kind, ErrorKind::too_large);
  const std::string head = "WEBVTT\n\n00:01.000 --> 00:02.000\n";
  EXPECT_FALSE(parse_transcript(TranscriptFormat::vtt, head + std::string(kLongestCue + 1, 'x')));
  EXPECT_FALSE(parse_transcript(TranscriptFormat::vtt, head + "<v " + std::string(kLongestSpeaker + 1, 'x') + ">x"));
  std::string many = R"({"segments":[{"startTime":0,"endTime":0,"body":"x"})";
  for (std::size_t i = 0; i < kMaxCues; ++i) many += R"(,{"startTime":0,"endTime":0,"body":"x"})";
  EXPECT_EQ(parse_transcript(TranscriptFormat::json, many + "]}").error().kind, ErrorKind::too_large);
}

/// A cue of 4 MiB on one line, of what readers of markup look far ahead for.
TEST(Transcript, IsReadInATimeThatGrowsWithItsLength) {
  for (const std::string_view piece :
       {"<a", "{\\", "<a{\\", "&", "&#", "<v a", "<", "<v>x", "</v>", "a<", "-->", "x\n", "00:", "{}", "<>"}) {
    for (const auto& [format, head] : {std::pair{TranscriptFormat::vtt, "WEBVTT\n\n00:01.000 --> 00:02.000\n"},
                                       std::pair{TranscriptFormat::srt, "1\n00:00:01,000 --> 00:00:02,000\n"}}) {
      std::string text = head;
      while (text.size() + piece.size() <= kLargestTranscript) text += piece;
      timespec before{}, after{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
      (void)parse_transcript(format, text);
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
      EXPECT_LT(after.tv_sec - before.tv_sec, 10) << piece << ": some of these took minutes";
    }
  }
}

TEST(Transcript, IsKnownByItsType) {
  EXPECT_EQ(transcript_format_of("text/vtt; charset=utf-8"), TranscriptFormat::vtt);
  EXPECT_EQ(transcript_format_of("Application/X-SubRip"), TranscriptFormat::srt);
  EXPECT_EQ(transcript_format_of("application/srt"), TranscriptFormat::srt);
  EXPECT_EQ(transcript_format_of("application/json"), TranscriptFormat::json);
  EXPECT_FALSE(transcript_format_of("text/html"));
  EXPECT_FALSE(transcript_format_of(""));
}

}  // namespace
}  // namespace carillon::podcast
