#include "podcast/transcripts/transcript.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

namespace carillon::podcast {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

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

TEST(Transcript, TimesWithControlCharactersInFrontOfThemAreNotText) {
  const auto cues = parse_transcript(TranscriptFormat::srt,
                                     "1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n\x05"
                                     "00:00:03,000 --> 00:00:04,000\nTwo\n");
  ASSERT_TRUE(cues) << cues.error().message;
  ASSERT_EQ(cues->size(), 2u);
  EXPECT_EQ((*cues)[1].text, "Two");
  EXPECT_EQ(parse_transcript(TranscriptFormat::vtt, render_vtt(*cues)).value(), *cues);
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
           Case{kVtt, "WEBVTT\n\n00:1d.000 --> 00:02.000\nx\n", "Line 3"},
           Case{kVtt, "WEBVTT\n\n00:02.000 --> 00:01.000\nx\n", "Line 3: the cue ends before"},
           Case{kVtt, "WEBVTT\n\n00:02.000 --> 00:03.000\nx\n00:04.000 --> 00:0s.000\ny\n", "Line 5"},
           Case{kVtt, "WEBVTT\n\n00:02.000 --> 00:03.000\n\xFF\n", "UTF-8"},
           Case{kSrt, "Hello", "Line 1"},
           Case{kSrt, "1\n", "Line 1"},
           Case{kSrt, "1\n00:00:01,000 = 00:00:02,000\nx", "Line 1"},
           Case{kSrt, "1\n00:00:01,000 --> 00:00:02,000\nx\n2\n00:00:0l,000 --> 00:00:04,000\ny", "Line 5"},
           Case{kSrt, "1\n00:00:01,000 --> 1000000:00:02,000\nx", "Line 2"},
           Case{kJson, "{", "JSON"},
           Case{kJson, "{}", "segments"},
           Case{kJson, "[]", "empty"},
           Case{kJson, R"({"segments":[{"endTime":1,"body":"x"}]})", "Segment 1"},
           Case{kJson, R"({"segments":[{"startTime":1,"endTime":1e99,"body":"x"}]})", "Segment 1"},
           Case{kJson, R"({"segments":[{"start":"soon","end":2,"text":"x"}]})", "Segment 1"},
           Case{kJson, R"([{"start":0,"end":1,"text":"x"},1])", "Segment 2"},
           Case{kJson, R"([{"items":[{"items":[]}]}])", "Segment 2: it has a list in a list"},
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
  const auto format = [](std::string_view type) { return transcript_type_of(type).value().format; };
  EXPECT_EQ(format("text/vtt; charset=utf-8"), TranscriptFormat::vtt);
  EXPECT_EQ(format("Application/X-SubRip"), TranscriptFormat::srt);
  EXPECT_EQ(format("application/srt"), TranscriptFormat::srt);
  EXPECT_EQ(format("application/json"), TranscriptFormat::json);
  EXPECT_EQ(format("text/plain"), TranscriptFormat::plain);
  EXPECT_EQ(format("text/html"), TranscriptFormat::html);
  EXPECT_EQ(transcript_type_of("text/plain; format=flowed; Charset=\"windows-1250\"").value().charset.name, "windows-1250");
  EXPECT_EQ(transcript_type_of("text/plain").value().charset.name, "");
  EXPECT_FALSE(transcript_type_of("application/pdf"));
  EXPECT_FALSE(transcript_type_of(""));
}

TEST(Transcript, TheFirstCueMayBeginRightBelowTheHead) {
  const std::string cue = "00:01.000 --> 00:02.000\nOne\n\n00:03.000 --> 00:04.000\nTwo\n";
  for (const std::string_view head :
       {"WEBVTT\n", "WEBVTT - a title\n", "WEBVTT\nKind: captions\nLanguage: en\n", "WEBVTT\n1\n", "WEBVTT\nKind: captions\n1\n",
        "WEBVTT\n\nNOTE a comment\n", "WEBVTT\n\nSTYLE\n::cue { color: red }\n", "WEBVTT\n\n1\n", "\xEF\xBB\xBFWEBVTT\r\n"})
    EXPECT_THAT(vtt(std::string(head) + cue), ElementsAre(Cue{1s, 2s, "", "One"}, Cue{3s, 4s, "", "Two"})) << head;
}

TEST(Transcript, CuesOfSubRipMayStandWithoutBlankLines) {
  EXPECT_THAT(
      srt("1\n00:00:00,000 --> 00:00:01,000\nOne.\n2\n00:00:01,000 --> 00:00:02,000\nTwo\nof 3\n00:00:02,000 --> 00:00:03,000\nThree."),
      ElementsAre(Cue{0s, 1s, "", "One."}, Cue{1s, 2s, "", "Two\nof 3"}, Cue{2s, 3s, "", "Three."}));
}

TranscriptDocument read(std::string_view type, std::string_view bytes, std::string_view language = "en") {
  auto document = read_transcript(transcript_type_of(type).value(), bytes, language);
  EXPECT_TRUE(document) << document.error().message;
  return document.value_or(TranscriptDocument{});
}

TEST(PlainTranscript, IsItsParagraphs) {
  const auto document = read("text/plain", "\xEF\xBB\xBF  Ada: Hello, \r\nand welcome.\r\n\r\n\r\n \t\r\nZoë: <b> & so on\x07\r\n");
  EXPECT_FALSE(document.timed);
  EXPECT_EQ(document.text, "Ada: Hello,\nand welcome.\n\nZoë: <b> & so on\n");
  EXPECT_THAT(paragraphs_of(document.text), ElementsAre("Ada: Hello,\nand welcome.", "Zoë: <b> & so on"));
  EXPECT_EQ(read("text/plain", document.text).text, document.text);
  EXPECT_FALSE(read_transcript({.format = TranscriptFormat::plain, .charset = {}}, " \n\n", "en"));
  EXPECT_EQ(
      read_transcript({.format = TranscriptFormat::plain, .charset = {}}, std::string(kLargestTranscript + 1, 'x'), "en").error().kind,
      ErrorKind::too_large);
}

TEST(PlainTranscript, ThatIsAFileOfSubtitlesIsTakenForOne) {
  for (const std::string_view text : {"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n", "1\n00:00:01,000 --> 00:00:02,000\nHello\n"}) {
    const auto document = read("text/plain", text);
    EXPECT_TRUE(document.timed);
    EXPECT_EQ(document.text, "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHello\n");
  }
}

TEST(TranscriptEncoding, IsRecognizedOrRefused) {
  const std::string head = "1\n00:00:01,000 --> 00:00:02,000\n";
  const auto said = [](const TranscriptDocument& document) { return vtt(document.text).at(0).text; };
  EXPECT_EQ(said(read("application/srt", head + "Caf\xE9 Z\xFCrich", "fr")), "Café Zürich");
  EXPECT_EQ(said(read("application/srt; charset=utf-8",
                      head + "\x84Gr\xFC\xDF"
                             "e\x93 \x85 5 \x80",
                      "de-CH")),
            "„Grüße“ … 5 €");
  EXPECT_EQ(said(read("application/srt; charset=windows-1250", head + "Za\xBF\xF3\xB3\xE6", "pl")), "Zażółć");
  EXPECT_EQ(said(read("application/srt; charset=koi8-r", head + "\xE4\xC1", "en")), "Да");
  std::string utf16 = "\xFF\xFE";
  for (const char c : head +
                          "Gr\xFC\xDF"
                          "e")
    utf16 += c, utf16 += '\0';
  EXPECT_EQ(said(read("application/srt", utf16, "de")), "Grüße");
  EXPECT_EQ(read("text/plain", "Caf\xE9 Z\xFCrich", "de").text, "Café Zürich\n");
  for (const auto& [language, text] : {std::pair{"en", "\xE4\xCF\xC2\xD2\xD9\xCA \xC4\xC5\xCE\xD8"},
                                       {"de",
                                        "Gr\x81\xDF"
                                        "e"},
                                       {"de", "Gr\uFFFD\uFFFDe"},
                                       {"de", "\xFF\xFEx"}}) {
    const auto refused = read_transcript({.format = TranscriptFormat::srt, .charset = {}},
                                         text == std::string_view("\xFF\xFEx") ? std::string(text) : head + text, language);
    ASSERT_FALSE(refused) << language << text;
    EXPECT_THAT(refused.error().field, AnyOf("transcript", "charset"));
    EXPECT_THAT(refused.error().message, HasSubstr("UTF-8")) << language;
  }
}

}  // namespace
}  // namespace carillon::podcast
