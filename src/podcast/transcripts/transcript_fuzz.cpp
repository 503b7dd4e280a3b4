// Fuzz target: transcripts that somebody else wrote, in every format. What is taken is in order, and comes back the same from our WebVTT.

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
  // The first byte is the format: v, s or anything else for JSON; t makes the rest a Content-Type, p and h read it as a foreign file,
  // declared as text or HTML.
  if (data[0] == 't') {
    const auto known = transcript_type_of({reinterpret_cast<const char*>(data) + 1, size - 1});
    check(known || !known.error().message.empty());
    return 0;
  }
  if (data[0] == 'p' || data[0] == 'h') {
    constexpr std::string_view kLanguages[] = {"de", "ru", "ja", "pl", "he"};
    const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
    const auto language = kLanguages[size % std::size(kLanguages)];
    const TranscriptType type{.format = data[0] == 'p' ? TranscriptFormat::plain : TranscriptFormat::html,
                              .charset = {.name = size % 2 == 0 ? "" : "windows-1250", .certain = size % 4 == 1}};
    const auto document = read_transcript(type, bytes, language);
    check(document ? is_utf8(document->text) && !document->text.empty() : !document.error().message.empty());
    if (document && document->timed && document->text.size() <= kLargestTranscript)
      check(parse_transcript(TranscriptFormat::vtt, document->text).has_value());
    for (const auto& each : texts::encodings_of(bytes, language)) check(is_utf8(each.preview) && !each.charset.empty());
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
