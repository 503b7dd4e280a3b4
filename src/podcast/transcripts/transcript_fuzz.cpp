// Fuzz target: transcripts that somebody else wrote, in three formats. What is taken is in order, and comes back the same from our WebVTT.

#include "base/text.hpp"
#include "podcast/transcripts/transcript.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::podcast;
  const auto check = [](bool holds) {
    if (!holds) std::abort();
  };
  if (size == 0) return 0;
  // The first byte is the format: v, s or anything else for JSON; t makes the rest a Content-Type, p reads
  // it as a foreign file.
  if (data[0] == 't') {
    const auto known = transcript_type_of({reinterpret_cast<const char*>(data) + 1, size - 1});
    check(known || !known.error().message.empty());
    return 0;
  }
  if (data[0] == 'p') {
    const auto document = read_transcript({.format = TranscriptFormat::plain, .charset = size % 2 == 0 ? "" : "windows-1250"},
                                          {reinterpret_cast<const char*>(data) + 1, size - 1}, "de");
    check(document ? is_utf8(document->text) && !document->text.empty() : !document.error().message.empty());
    return 0;
  }
  const auto format = data[0] == 'v' ? TranscriptFormat::vtt : data[0] == 's' ? TranscriptFormat::srt : TranscriptFormat::json;
  const auto cues = parse_transcript(format, {reinterpret_cast<const char*>(data) + 1, size - 1});
  if (!cues) {
    check(!cues.error().message.empty());
    return 0;
  }
  check(!cues->empty());
  for (std::size_t i = 0; i < cues->size(); ++i) {
    const auto& cue = (*cues)[i];
    check(cue.start <= cue.end && !cue.text.empty() && is_utf8(cue.text) && is_utf8(cue.speaker));
    check(i == 0 || (*cues)[i - 1].start <= cue.start);
  }
  const auto written = render_vtt(*cues);
  // A cue of eight bytes ("<v>a</v>") has its own line of times.
  constexpr std::size_t kMaxPerByte = 16;
  check(written.size() <= 64 + kMaxPerByte * size);
  if (written.size() <= kLargestTranscript) check(parse_transcript(TranscriptFormat::vtt, written).value() == *cues);
  return 0;
}
