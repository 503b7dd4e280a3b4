// Transcripts as found in the wild: what is corrected, and that it's reported.

#include "podcast/transcripts/transcript.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>

namespace carillon::podcast {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Reading {
  std::vector<Cue> cues;
  std::vector<std::string> repairs;
};

Reading read(std::string_view type, std::string_view text) {
  auto document = read_transcript(transcript_type_of(type).value(), text, "en");
  EXPECT_TRUE(document) << text << ": " << document.error().message;
  if (!document) return {};
  return {.cues = document->timed ? parse_transcript(TranscriptFormat::vtt, document->text).value() : std::vector<Cue>{},
          .repairs = document->repairs};
}
Reading vtt(std::string_view text) { return read("text/vtt", text); }
Reading srt(std::string_view text) { return read("application/srt", text); }

const Cue kOne{1s, 2s, "", "One"}, kTwo{3s, 4s, "", "Two"};

TEST(Repair, NothingIsReportedOfAFileThatIsRight) {
  for (const auto* text : {"WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n\n00:03.000 --> 00:04.000\nTwo\n",
                           "WEBVTT\n00:00:01.000 --> 00:00:02.000\nOne\n\nx\n00:03.000 --> 00:04.000\nTwo"}) {
    EXPECT_THAT(vtt(text).cues, ElementsAre(kOne, kTwo));
    EXPECT_THAT(vtt(text).repairs, IsEmpty());
  }
  const auto right = srt("1\r\n00:00:01,000 --> 00:00:02,000\r\nOne\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nTwo\r\n");
  EXPECT_THAT(right.cues, ElementsAre(kOne, kTwo));
  EXPECT_THAT(right.repairs, IsEmpty());
  // Two people may speak at the same time.
  EXPECT_THAT(srt("1\n00:00:01,000 --> 00:00:09,000\nOne\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo\n").repairs, IsEmpty());
}

TEST(Repair, TimesInOtherNotations) {
  for (const auto* text : {"1\n1.000 --> 2.0\nOne\n\n2\n00:03,0 --> 0:04\nTwo\n",
                           "1\n00: 00: 01, 000 --> 00: 00: 02, 000\nOne\n\n2\n00:00:03:000 --> 00:00:04:000\nTwo\n",
                           "1\n00:00:01,000 -> 00:00:02,000\nOne\n\n2\n00:00:03,000 --&gt; 00:00:04,000\nTwo\n",
                           "1\n0:0:1 \u2192 0:0:2\nOne\n\n2\n0:0:3,00 \u2013> 0:0:4,00\nTwo\n"}) {
    const auto reading = srt(text);
    EXPECT_THAT(reading.cues, ElementsAre(kOne, kTwo)) << text;
    EXPECT_THAT(reading.repairs, ElementsAre("2 unusual notations of time were converted (lines 2 and 6).")) << text;
  }
  EXPECT_THAT(vtt("WEBVTT\n\n00:00:01,000 --> 00:00:02,000\nOne\n\n0:03.000 --> 00:04.000\nTwo\n").repairs,
              ElementsAre("2 unusual notations of time were converted (lines 3 and 6)."));
  EXPECT_THAT(srt("1\n0.860 --> 00:01,5\nx\n").cues, ElementsAre(Cue{860ms, 1500ms, "", "x"}));
  EXPECT_THAT(srt("1\n00:00:01,000 --> 00:00:02,000\n10 -> 20 percent\n").cues, ElementsAre(Cue{1s, 2s, "", "10 -> 20 percent"}))
      << "text stays text";
}

TEST(Repair, OneCueOutOfOrder) {
  const auto reading = vtt("WEBVTT\n\n00:03.000 --> 00:04.000\nTwo\n\n00:01.000 --> 00:02.000\nOne\n");
  EXPECT_THAT(reading.cues, ElementsAre(kOne, kTwo));
  EXPECT_THAT(reading.repairs, ElementsAre("One entry wasn't in chronological order and was moved (line 6)."));
}

TEST(Repair, ACueThatEndsAMomentEarly) {
  const auto reading = srt("1\n00:00:01,000 --> 00:00:00,999\nOne\n\n2\n00:00:03,000 --> 00:00:04,000\nTwo\n");
  EXPECT_THAT(reading.cues, ElementsAre(Cue{1s, 3s, "", "One"}, kTwo)) << "until the next one, so that it can be read";
  EXPECT_THAT(reading.repairs, ElementsAre("One entry ended before it started; its end was corrected (line 2)."));
  EXPECT_FALSE(parse_transcript(TranscriptFormat::srt, "1\n00:00:09,000 --> 00:00:01,000\nOne\n")) << "which of the times is wrong?";
  const auto last = srt("1\n00:00:01,000 --> 00:00:00,999\n0123456789\n").cues;
  EXPECT_THAT(last, ElementsAre(Cue{1s, 1650ms, "", "0123456789"})) << "as long as it takes to say it";
}

TEST(Repair, MissingBlankLines) {
  const auto below = vtt("WEBVTT\n00:01.000 --> 00:02.000\nOne\n2\n00:03.000 --> 00:04.000\nTwo\n");
  EXPECT_THAT(below.cues, ElementsAre(kOne, kTwo));
  EXPECT_THAT(below.repairs, ElementsAre("A blank line between two cues was missing and was added (line 5)."));
  const auto reading = srt("1\n00:00:01,000 --> 00:00:02,000\nOne\n2\n00:00:03,000 --> 00:00:04,000\nTwo");
  EXPECT_THAT(reading.cues, ElementsAre(kOne, kTwo));
  EXPECT_THAT(reading.repairs, ElementsAre("A blank line between two cues was missing and was added (line 5)."));
}

TEST(Repair, MissingFirstLine) {
  for (const auto* head : {"", "\n", "1\n", "\n1\n"}) {
    const auto reading = vtt(std::string(head) + "00:01.000 --> 00:02.000\nOne\n\n00:03.000 --> 00:04.000\nTwo\n");
    EXPECT_THAT(reading.cues, ElementsAre(kOne, kTwo)) << head;
    EXPECT_THAT(reading.repairs, ElementsAre("The first line, “WEBVTT”, was missing and was added (line 1).")) << head;
  }
}

TEST(Repair, TextBehindABlankLine) {
  for (const auto& [format, head] : {std::pair{"text/vtt", "WEBVTT\n\n"}, {"application/srt", ""}}) {
    const auto reading =
        read(format,
             std::string(head) + "1\n00:01.000 --> 00:02.000\nOne\n\n<v Ada>and more</v>\nof it\n\n2\n00:03.000 --> 00:04.000\nTwo\n\n3\n");
    EXPECT_THAT(reading.cues, ElementsAre(Cue{1s, 2s, "", "One\nand more\nof it"}, kTwo)) << format;
    EXPECT_THAT(reading.repairs, ::testing::Contains(HasSubstr("Text without a time was added to the cue above it (line "))) << format;
  }
}

TEST(Repair, ABlankLineBelowTheTimes) {
  const auto reading = vtt("\n\nWEBVTT\n\n00:01.000 --> 00:02.000\n\nOne\n\nmore\n\n\n00:03.000 --> 00:04.000\n\nTwo\n");
  EXPECT_THAT(reading.cues, ElementsAre(Cue{1s, 2s, "", "One\nmore"}, kTwo));
  EXPECT_THAT(reading.repairs, ElementsAre("Text without a time was added to the cue above it in 3 places (lines 7, 9 and 14)."));
}

TEST(Repair, AFileOfAnotherFormat) {
  const auto reading = srt("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ada>One\n");
  EXPECT_THAT(reading.cues, ElementsAre(Cue{1s, 2s, "Ada", "One"}));
  EXPECT_THAT(reading.repairs, ElementsAre("The file was declared as SubRip, but is WebVTT."));
  EXPECT_THAT(read("text/plain", R"({"segments":[{"start":1,"end":2,"text":"One"}]})").cues, ElementsAre(kOne));
  EXPECT_THAT(read("text/plain", "[Ada]: hello\n").cues, IsEmpty()) << "it's a text";
  EXPECT_THAT(vtt("[{\"start\":1,\"end\":2,\"text\":\"One\"}]").repairs, ElementsAre("The file was declared as WebVTT, but is JSON."));
}

TEST(Repair, TheEncodingIsReported) {
  EXPECT_THAT(srt("1\n00:00:01,000 --> 00:00:02,000\nCaf\xE9\n").repairs,
              ElementsAre("The file was in windows-1252 and was converted to UTF-8."));
}

TEST(Speakers, AreNamedAtTheStartOfCues) {
  const auto reading =
      srt("1\n00:00:01,000 --> 00:00:02,000\nAda Tide: Hello\nthere\n\n2\n00:00:03,000 --> 00:00:04,000\nand more\n\n"
          "3\n00:00:05,000 --> 00:00:06,000\n[SPEAKER 1]: Yes: at 10:30\n\n4\n00:00:07,000 --> 00:00:08,000\nAda Tide: Bye\n\n"
          "5\n00:00:09,000 --> 00:00:10,000\n>> BEN: So\n");
  EXPECT_THAT(reading.cues,
              ElementsAre(Cue{1s, 2s, "Ada Tide", "Hello\nthere"}, Cue{3s, 4s, "", "and more"}, Cue{5s, 6s, "SPEAKER 1", "Yes: at 10:30"},
                          Cue{7s, 8s, "Ada Tide", "Bye"}, Cue{9s, 10s, "BEN", "So"}));
  EXPECT_THAT(reading.repairs, ElementsAre("Names at the start of cues were read as speakers: “Ada Tide”, “SPEAKER 1”, “BEN”."));
  for (const auto* text : {"Remember: never ring it", "at noon: ring it", "https://example.org", "10:30 is the time", "12: the number",
                           "The bell that we all know so well: it rings", "Ada:"})
    EXPECT_THAT(srt("1\n00:00:01,000 --> 00:00:02,000\n" + std::string(text)).cues, ElementsAre(Cue{1s, 2s, "", text})) << text;
}

TEST(JsonTranscript, OfPodlove) {
  const std::vector<Cue> cues{{5340ms, 6160ms, "Eric", "Hello"}, {7s, 8s, "3", "there"}};
  for (
      const auto* text : {
          R"([{"start":"00:00:05.340","start_ms":5340,"end":"00:00:06.160","end_ms":6160,"speaker":"3","voice":"Eric","text":"Hello"},
               {"start":"00:00:07.000","end":"00:00:08.0","speaker":"3","text":"there"}])",
          R"([{"speaker":"1","voice":"Eric","items":[{"start":"00:00:05.340","end_ms":6160,"text":"Hello"}]},{"speaker":"3","items":[{"start_ms":7000,"end_ms":8000,"text":"there"}]}])",
          R"({"transcripts":[{"start":5.34,"end":6.16,"text":"Hello","speaker":"Eric"},{"start":7,"end":8,"text":"there","speaker":"3"}]})",
      })
    EXPECT_EQ(read("application/json", text).cues, cues) << text;
}

TEST(JsonTranscript, OfWhisper) {
  for (
      const auto* text : {
          R"({"text":" One Two","segments":[{"id":0,"seek":0,"start":1.0,"end":2.0,"text":" One","tokens":[1,2],"temperature":0.0},{"id":1,"start":3,"end":4,"text":" Two"}],"language":"en"})",
          R"({"systeminfo":"AVX","transcription":[{"timestamps":{"from":"00:00:01,000","to":"00:00:02,000"},"offsets":{"from":1000,"to":2000},"text":" One"},
               {"timestamps":{"from":"00:00:03,000","to":"00:00:04,000"},"text":" Two"}]})",
      })
    EXPECT_THAT(read("application/json", text).cues, ElementsAre(kOne, kTwo)) << text;
  EXPECT_THAT(read("application/json", R"({"segments":[{"start":1,"end":2,"text":"One","speaker":"SPEAKER_00"}]})").cues,
              ElementsAre(Cue{1s, 2s, "SPEAKER_00", "One"}));
}

TEST(JsonTranscript, MayLeaveOutTheEnds) {
  const auto reading =
      read("application/json", R"({"version":"1.0.0","segments":[{"startTime":1,"body":"One"},{"startTime":3,"body":"0123456789"}]})");
  EXPECT_THAT(reading.cues, ElementsAre(Cue{1s, 3s, "", "One"}, Cue{3s, 3650ms, "", "0123456789"}));
  EXPECT_THAT(reading.repairs, IsEmpty()) << "the namespace allows it";
}

TEST(HtmlTranscript, OfTheNamespace) {
  const auto reading = read("text/html",
                            "<!DOCTYPE "
                            "html><html><head><title>x</title><style>p{}</style></head><body>\n<h1>Bells</h1>\n<cite>Kevin:</"
                            "cite>\n<time>0:00</time>\n<p>\n  We have "
                            "an\n  update &amp; <b>more</b>&#39;s\n</p>\n<p>Second</p><cite>Alban "
                            ":</cite>\n<time>1:02:03</time><p>You&#39;re<br>right</p><script>no()</script></body></html>");
  EXPECT_THAT(reading.cues, ElementsAre(Cue{0ms, 3'723s, "Kevin", "We have an update & more's"}, Cue{0ms, 3'723s, "Kevin", "Second"},
                                        Cue{3'723s, 3'723s + 12 * 65ms, "Alban", "You're right"}));
  EXPECT_THAT(reading.repairs, ElementsAre("Text before the first time was left out."));
}

TEST(HtmlTranscript, WithoutTimesIsText) {
  const auto document =
      read_transcript({.format = TranscriptFormat::html, .charset = {}}, "<p>Hello\nthere</p><cite>Ada</cite><p>&lt;b&gt; Grüße", "de")
          .value();
  EXPECT_FALSE(document.timed);
  EXPECT_EQ(document.text, "Hello there\n\nAda: <b> Grüße\n");
  EXPECT_THAT(document.repairs, IsEmpty());
}

TEST(HtmlTranscript, LongSpeechesAreDivided) {
  std::string words;
  while (words.size() < kLongestCue * 3) words += "bells ring ";
  const auto cues = read("text/html", "<time>0:05</time><p>" + words + "</p>").cues;
  ASSERT_EQ(cues.size(), 4U);
  std::string all;
  for (const auto& cue : cues) {
    EXPECT_EQ(cue.start, 5s);
    EXPECT_LE(cue.text.size(), kLongestCue);
    all += cue.text + " ";
  }
  EXPECT_EQ(all, words);
}

TEST(HtmlTranscript, IsReadInATimeThatGrowsWithItsLength) {
  for (const std::string_view piece :
       {"<p>", "<a ", "<!-- x --", "&", "<cite>", "</p>", "<b>", "<p a=", "<script>", "<", "<p>x</p>", "<p><b>", "<![CDATA["}) {
    std::string text = "<html>";
    while (text.size() + piece.size() <= kLargestTranscript) text += piece;
    timespec before{}, after{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    (void)read_transcript({.format = TranscriptFormat::html, .charset = {}}, text, "en");
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    EXPECT_LT(after.tv_sec - before.tv_sec, 20) << piece;
  }
}

TEST(HtmlTranscript, IsRefusedIfItIsNone) {
  const auto refused = [](std::string_view text) {
    return read_transcript({.format = TranscriptFormat::html, .charset = {}}, text, "en").error().message;
  };
  EXPECT_THAT(refused("<time>soon</time><p>x</p>"), HasSubstr("“soon” in <time>"));
  EXPECT_THAT(refused("<p> </p>"), HasSubstr("empty"));
  std::string deep;
  for (std::size_t i = 0; i < 500'000; ++i) deep += "<div>";
  EXPECT_THAT(refused(deep + "x"), HasSubstr("inside each other"));
  EXPECT_EQ(read_transcript({.format = TranscriptFormat::html, .charset = {}}, std::string(kLargestTranscript + 1, 'x'), "en").error().kind,
            ErrorKind::too_large);
}

}  // namespace
}  // namespace carillon::podcast
