// See transcript.hpp.

#include "podcast/transcripts/transcript.hpp"

#include "base/foreign/markup.hpp"
#include "base/text.hpp"
#include "podcast/texts/lines.hpp"
#include "podcast/transcripts/cues.hpp"

#include <fmt/format.h>

namespace carillon::podcast {
namespace {

/// What a file is according to its beginning; `plain` if it may be anything.
TranscriptFormat format_in(std::string_view text) {
  constexpr std::size_t kLooked = 20;  // lines
  constexpr std::size_t kHead = 4096;  // bytes
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return TranscriptFormat::plain;
  const auto head = lower_ascii(cut_to(text.substr(start), kHead));
  if (head.starts_with('{') || head.starts_with('[')) {
    const auto next = head.find_first_not_of(" \t\r\n", 1);
    // "[Ada]: …" is text.
    if (next != std::string::npos && std::string_view("\"{}]").contains(head[next])) return TranscriptFormat::json;
  }
  if (head.starts_with("<!doctype html") || head.starts_with("<html") ||
      (head.starts_with('<') && (head.contains("<cite") || head.contains("<time") || head.contains("<p>"))))
    return TranscriptFormat::html;
  texts::Lines lines{text};
  for (std::size_t i = 0; i < kLooked; ++i) {
    const auto line = lines.next();
    if (!line) break;
    if (i == 0 && transcripts::is_signature(*line)) return TranscriptFormat::vtt;
    if (transcripts::is_timing(*line)) return TranscriptFormat::srt;
  }
  return TranscriptFormat::plain;
}

std::string_view name_of(TranscriptFormat format) {
  switch (format) {
    case TranscriptFormat::vtt:
      return "WebVTT";
    case TranscriptFormat::srt:
      return "SubRip";
    case TranscriptFormat::json:
      return "JSON";
    case TranscriptFormat::html:
      return "HTML";
    case TranscriptFormat::plain:
      break;
  }
  return "plain text";
}

/// The format of `text`, which was declared as `declared`. WebVTT without its first line looks like SubRip.
TranscriptFormat format_of(TranscriptFormat declared, std::string_view text, texts::Repairs& repairs) {
  const auto found = format_in(text);
  if (found == TranscriptFormat::plain || found == declared) return declared;
  if (declared == TranscriptFormat::vtt && found == TranscriptFormat::srt) return declared;
  if (declared != TranscriptFormat::plain)
    repairs.say("The file was declared as " + std::string(name_of(declared)) + ", but is " + std::string(name_of(found)) + ".");
  return found;
}

/// Paragraphs separated by blank lines.
std::string plain_text_of(std::string_view text) {
  std::string plain;
  for (const auto& paragraph : paragraphs_of(text)) plain += (plain.empty() ? "" : "\n") + paragraph + "\n";
  return plain;
}

Result<> check_length(std::string_view text) {
  if (text.size() <= kLargestTranscript) return {};
  return fail(ErrorKind::too_large, "The transcript is larger than the limit of " + std::to_string(kLargestTranscript >> 20) + " MiB.",
              "transcript");
}

Result<std::vector<Cue>> parsed_transcript(TranscriptFormat format, std::string_view text, texts::Repairs& repairs) {
  if (auto fits = check_length(text); !fits) return forward_error(fits);
  if (!is_utf8(text)) return fail(ErrorKind::invalid, "The transcript isn't UTF-8 text.", "transcript");
  switch (format) {
    case TranscriptFormat::vtt:
    case TranscriptFormat::srt:
      return transcripts::parse_timed(format, text, repairs);
    case TranscriptFormat::json:
      return transcripts::parse_segments(text, repairs);
    case TranscriptFormat::html:
    case TranscriptFormat::plain:
      break;
  }
  return fail(ErrorKind::internal, "this transcript format has no cues of its own");
}

}  // namespace

Result<TranscriptType> transcript_type_of(std::string_view content_type) {
  const auto type = lower_ascii(trimmed(content_type.substr(0, content_type.find(';'))));
  const auto of = [&](TranscriptFormat format) {
    return TranscriptType{.format = format, .charset = {.name = texts::charset_in(content_type)}};
  };
  if (type == "text/vtt") return of(TranscriptFormat::vtt);
  if (type == "application/srt" || type == "application/x-subrip" || type == "text/srt") return of(TranscriptFormat::srt);
  if (type == "application/json") return of(TranscriptFormat::json);
  if (type == "text/html") return of(TranscriptFormat::html);
  if (type == "text/plain") return of(TranscriptFormat::plain);
  return fail(ErrorKind::invalid,
              "Send transcripts as text/vtt, application/srt, application/json, text/html or text/plain, not as “" + type + "”.",
              "Content-Type");
}

Result<TranscriptDocument> read_transcript(const TranscriptType& type, std::string_view bytes, std::string_view language) {
  if (auto fits = check_length(bytes); !fits) return forward_error(fits);
  const auto decoded = texts::decode_text(bytes, type.charset, language, "The transcript", "transcript");
  if (!decoded) return std::unexpected(decoded.error());
  const auto& text = decoded->text;
  texts::Repairs repairs;
  if (decoded->charset != "UTF-8") repairs.say("The file was in " + decoded->charset + " and was converted to UTF-8.");
  const auto format = format_of(type.format, text, repairs);
  TranscriptDocument document{.text = {}, .timed = false, .repairs = {}};
  std::vector<Cue> cues;
  if (format == TranscriptFormat::plain) {
    document.text = plain_text_of(text);
  } else if (format == TranscriptFormat::html) {
    if (auto fits = check_length(text); !fits) return forward_error(fits);
    auto html = transcripts::parse_html(text, repairs);
    if (!html) return forward_error(html);
    cues = std::move(html->cues);
    document.text = plain_text_of(html->paragraphs);
  } else {
    auto parsed = parsed_transcript(format, text, repairs);
    if (!parsed) return forward_error(parsed);
    cues = std::move(*parsed);
    if (format != TranscriptFormat::json) transcripts::name_speakers(cues, repairs);
  }
  if (!cues.empty()) {
    document.text = render_vtt(cues);
    document.timed = true;
  }
  if (document.text.empty()) return fail(ErrorKind::invalid, "The transcript is empty.", "transcript");
  document.repairs = repairs.sentences();
  return document;
}

std::vector<std::string> paragraphs_of(std::string_view text) {
  std::vector<std::string> paragraphs;
  std::string paragraph;
  texts::Lines lines{text};
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
  texts::Repairs repairs;
  return parsed_transcript(format, text, repairs);
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
