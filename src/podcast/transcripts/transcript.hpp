#pragma once
// Transcripts: WebVTT, SubRip and the JSON of the Podcasting 2.0 namespace, read at the border into cues, written as WebVTT in one form;
// and plain text, which has no times. Pure.

#include "base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::podcast {

/// A stretch of speech.
struct Cue {
  std::chrono::milliseconds start{};
  std::chrono::milliseconds end{};
  std::string speaker;  ///< "" when nobody is named
  std::string text;     ///< plain, lines separated by "\n", none of them blank
  [[nodiscard]] bool operator==(const Cue&) const = default;
};

enum class TranscriptFormat { vtt, srt, json, plain };

/// What a sender says of a transcript.
struct TranscriptType {
  TranscriptFormat format = TranscriptFormat::vtt;
  std::string charset;  ///< "" when it is not said
};
/// text/vtt, application/srt, application/x-subrip, text/srt, application/json, text/plain, with or without parameters.
[[nodiscard]] Result<TranscriptType> transcript_type_of(std::string_view content_type);

/// A transcript as it is stored and served.
struct TranscriptDocument {
  std::string text;   ///< WebVTT when it is timed, else paragraphs with a blank line between them
  bool timed = true;  ///< false: text alone
};
/// Of `bytes` in `language`: their encoding is recognized, and WebVTT or SubRip that calls itself plain text is taken for what it is.
/// `invalid` and `too_large` as parse_transcript(), and for an encoding that nobody can tell (encoding.hpp).
[[nodiscard]] Result<TranscriptDocument> read_transcript(const TranscriptType& type, std::string_view bytes, std::string_view language);

/// The paragraphs of a plain text.
[[nodiscard]] std::vector<std::string> paragraphs_of(std::string_view text);

/// The cues in order of time, of a format that has times; markup is taken off. `invalid` says in which line (or segment) what is wrong; a
/// transcript without a word is refused, too. `too_large` beyond the limits.
[[nodiscard]] Result<std::vector<Cue>> parse_transcript(TranscriptFormat format, std::string_view text);

/// WebVTT (W3C, "WebVTT: The Web Video Text Tracks Format" §4). parse_transcript gives the same cues back.
[[nodiscard]] std::string render_vtt(const std::vector<Cue>& cues);

/// "00:01:02.500".
[[nodiscard]] std::string timestamp_of(std::chrono::milliseconds time);

inline constexpr std::size_t kLargestTranscript = 4 << 20;  ///< bytes
inline constexpr std::size_t kMaxCues = 100'000;
inline constexpr std::size_t kLongestCue = 8 * 1024;  ///< bytes
inline constexpr std::size_t kLongestSpeaker = 256;   ///< bytes

}  // namespace carillon::podcast
