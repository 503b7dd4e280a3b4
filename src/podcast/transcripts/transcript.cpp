// See transcript.hpp.

#include "podcast/transcripts/transcript.hpp"

#include "base/text.hpp"
#include "podcast/transcripts/cues.hpp"

#include <fmt/format.h>

namespace carillon::podcast {
namespace {

/// A text may not end a cue or its tag: "<", ">" and "&" are what could.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else
      result += c;
  }
  return result;
}

}  // namespace

Result<TranscriptFormat> transcript_format_of(std::string_view content_type) {
  const auto type = lower_ascii(trimmed(content_type.substr(0, content_type.find(';'))));
  if (type == "text/vtt") return TranscriptFormat::vtt;
  if (type == "application/srt" || type == "application/x-subrip" || type == "text/srt") return TranscriptFormat::srt;
  if (type == "application/json") return TranscriptFormat::json;
  return fail(ErrorKind::invalid, "Send transcripts as text/vtt, application/srt or application/json, not as “" + type + "”.",
              "Content-Type");
}

Result<std::vector<Cue>> parse_transcript(TranscriptFormat format, std::string_view text) {
  if (text.size() > kLargestTranscript)
    return fail(ErrorKind::too_large, "The transcript is larger than the limit of " + std::to_string(kLargestTranscript >> 20) + " MiB.",
                "transcript");
  if (!is_utf8(text)) return fail(ErrorKind::invalid, "The transcript isn't UTF-8 text.", "transcript");
  switch (format) {
    case TranscriptFormat::vtt:
      return transcripts::parse_vtt(text);
    case TranscriptFormat::srt:
      return transcripts::parse_srt(text);
    case TranscriptFormat::json:
      return transcripts::parse_segments(text);
  }
  return fail(ErrorKind::internal, "this transcript format isn't supported");
}

std::string timestamp_of(std::chrono::milliseconds time) {
  const auto count = time.count();
  return fmt::format("{:02}:{:02}:{:02}.{:03}", count / 3'600'000, count / 60'000 % 60, count / 1000 % 60, count % 1000);
}

std::string render_vtt(const std::vector<Cue>& cues) {
  std::string text = "WEBVTT\n";
  for (const auto& cue : cues) {
    text += "\n" + timestamp_of(cue.start) + " --> " + timestamp_of(cue.end) + "\n";
    if (!cue.speaker.empty()) text += "<v " + escaped(cue.speaker) + ">";
    text += escaped(cue.text) + "\n";
  }
  return text;
}

}  // namespace carillon::podcast
