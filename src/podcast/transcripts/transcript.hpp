#pragma once
// Transcripts: WebVTT, SubRip and the JSON of the Podcasting 2.0 namespace, read at the border into cues; written as WebVTT in one form.
// Pure.

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

enum class TranscriptFormat { vtt, srt, json };

/// text/vtt, application/srt, application/x-subrip, text/srt, application/json, with or without parameters.
[[nodiscard]] Result<TranscriptFormat> transcript_format_of(std::string_view content_type);

/// The cues in order of time; markup is taken off. `invalid` says in which line (or segment) what is wrong; a transcript without a word is
/// refused, too. `too_large` beyond the limits.
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
