#pragma once
// Transcripts: WebVTT, SubRip, HTML and the JSON of several programs, parsed into cues, written as WebVTT in one format; and plain text,
// which has no times. Pure.

#include "podcast/texts/encoding.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::podcast {

/// A piece of speech with its times.
struct Cue {
  std::chrono::milliseconds start{};
  std::chrono::milliseconds end{};
  std::string speaker;  ///< "" if no speaker is given
  std::string text;     ///< plain, lines separated by "\n", none of them blank
  [[nodiscard]] bool operator==(const Cue&) const = default;
};

enum class TranscriptFormat { vtt, srt, json, html, plain };

/// The declared type of a transcript.
struct TranscriptType {
  TranscriptFormat format = TranscriptFormat::vtt;
  texts::Charset charset;
};
/// text/vtt, application/srt, application/x-subrip, text/srt, application/json, text/html, text/plain, with or without parameters.
[[nodiscard]] Result<TranscriptType> transcript_type_of(std::string_view content_type);

/// A stored and served transcript.
struct TranscriptDocument {
  std::string text;                    ///< WebVTT if it is timed, else paragraphs separated by blank lines
  bool timed = true;                   ///< false: plain text
  std::vector<std::string> repairs{};  ///< what was corrected, in sentences for the publisher; not stored
};
/// Reads `bytes` in `language`: converts them to UTF-8, and recognizes files that are declared as another format or as plain text. Corrects
/// what is certain (repairs.hpp, name_speakers()). `invalid` and `too_large` as in parse_transcript(); `invalid` about "charset" for an
/// unrecognized encoding (decode_text()).
[[nodiscard]] Result<TranscriptDocument> read_transcript(const TranscriptType& type, std::string_view bytes, std::string_view language);

/// The paragraphs of a plain text.
[[nodiscard]] std::vector<std::string> paragraphs_of(std::string_view text);

/// The cues in order of time, for WebVTT, SubRip and JSON; removes markup and corrects what is certain. `invalid` has the line (or segment)
/// and the error; empty transcripts are also rejected. `too_large` beyond the limits.
[[nodiscard]] Result<std::vector<Cue>> parse_transcript(TranscriptFormat format, std::string_view text);

/// WebVTT (W3C, "WebVTT: The Web Video Text Tracks Format" §4). parse_transcript returns the same cues.
[[nodiscard]] std::string render_vtt(const std::vector<Cue>& cues);

/// "00:01:02.500".
[[nodiscard]] std::string timestamp_of(std::chrono::milliseconds time);

inline constexpr std::size_t kLargestTranscript = 4 << 20;  ///< bytes
inline constexpr std::size_t kMaxCues = 100'000;
inline constexpr std::size_t kLongestCue = 8 * 1024;  ///< bytes
inline constexpr std::size_t kLongestSpeaker = 256;   ///< bytes

}  // namespace carillon::podcast
