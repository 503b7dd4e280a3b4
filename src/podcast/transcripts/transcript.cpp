// See transcript.hpp.

#include "podcast/transcripts/transcript.hpp"

#include "base/foreign/markup.hpp"
#include "base/text.hpp"
#include "podcast/transcripts/cues.hpp"
#include "podcast/transcripts/encoding.hpp"

#include <fmt/format.h>

namespace carillon::podcast {
namespace {

/// The value of the parameter `charset`, without quotes; "" when there is none.
std::string charset_of(std::string_view content_type) {
  for (const auto part : split(content_type, ';')) {
    const auto parameter = trimmed(part);
    constexpr std::string_view kName = "charset=";
    if (!equal_ignoring_case(parameter.substr(0, kName.size()), kName)) continue;
    auto value = trimmed(parameter.substr(kName.size()));
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return {};
}

/// What calls itself plain text and is a file of subtitles.
TranscriptFormat format_in(std::string_view text) {
  constexpr std::size_t kLooked = 20;  // lines
  transcripts::Lines lines{text};
  for (std::size_t i = 0; i < kLooked; ++i) {
    const auto line = lines.next();
    if (!line) break;
    if (i == 0 && (*line == "WEBVTT" || line->starts_with("WEBVTT ") || line->starts_with("WEBVTT\t"))) return TranscriptFormat::vtt;
    if (transcripts::is_srt_timing(*line)) return TranscriptFormat::srt;
  }
  return TranscriptFormat::plain;
}

Result<> check_length(std::string_view text) {
  if (text.size() <= kLargestTranscript) return {};
  return fail(ErrorKind::too_large, "The transcript is larger than the limit of " + std::to_string(kLargestTranscript >> 20) + " MiB.",
              "transcript");
}

}  // namespace

Result<TranscriptType> transcript_type_of(std::string_view content_type) {
  const auto type = lower_ascii(trimmed(content_type.substr(0, content_type.find(';'))));
  const auto of = [&](TranscriptFormat format) { return TranscriptType{.format = format, .charset = charset_of(content_type)}; };
  if (type == "text/vtt") return of(TranscriptFormat::vtt);
  if (type == "application/srt" || type == "application/x-subrip" || type == "text/srt") return of(TranscriptFormat::srt);
  if (type == "application/json") return of(TranscriptFormat::json);
  if (type == "text/plain") return of(TranscriptFormat::plain);
  return fail(ErrorKind::invalid, "Send transcripts as text/vtt, application/srt, application/json or text/plain, not as “" + type + "”.",
              "Content-Type");
}

Result<TranscriptDocument> read_transcript(const TranscriptType& type, std::string_view bytes, std::string_view language) {
  if (auto fits = check_length(bytes); !fits) return forward_error(fits);
  const auto text = transcripts::utf8_of(bytes, type.charset, language);
  if (!text) return std::unexpected(text.error());
  const auto format = type.format == TranscriptFormat::plain ? format_in(*text) : type.format;
  if (format != TranscriptFormat::plain) {
    const auto cues = parse_transcript(format, *text);
    if (!cues) return std::unexpected(cues.error());
    return TranscriptDocument{.text = render_vtt(*cues), .timed = true};
  }
  TranscriptDocument document{.text = {}, .timed = false};
  for (const auto& paragraph : paragraphs_of(*text)) document.text += (document.text.empty() ? "" : "\n") + paragraph + "\n";
  if (document.text.empty()) return fail(ErrorKind::invalid, "The transcript is empty.", "transcript");
  return document;
}

std::vector<std::string> paragraphs_of(std::string_view text) {
  std::vector<std::string> paragraphs;
  std::string paragraph;
  transcripts::Lines lines{text};
  const auto close = [&] {
    if (auto clean = transcripts::tidy(paragraph); !clean.empty()) paragraphs.push_back(std::move(clean));
    paragraph.clear();
  };
  while (const auto line = lines.next()) {
    if (trimmed(*line).empty()) {
      close();
      continue;
    }
    paragraph.append(*line).append("\n");
  }
  close();
  return paragraphs;
}

Result<std::vector<Cue>> parse_transcript(TranscriptFormat format, std::string_view text) {
  if (auto fits = check_length(text); !fits) return forward_error(fits);
  if (!is_utf8(text)) return fail(ErrorKind::invalid, "The transcript isn't UTF-8 text.", "transcript");
  switch (format) {
    case TranscriptFormat::vtt:
      return transcripts::parse_vtt(text);
    case TranscriptFormat::srt:
      return transcripts::parse_srt(text);
    case TranscriptFormat::json:
      return transcripts::parse_segments(text);
    case TranscriptFormat::plain:
      break;
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
    if (!cue.speaker.empty()) text += "<v " + escaped_angles(cue.speaker) + ">";
    text += escaped_angles(cue.text) + "\n";
  }
  return text;
}

}  // namespace carillon::podcast
