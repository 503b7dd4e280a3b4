// See findings.hpp.

#include "podcast/model/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace carillon::podcast {

std::string sentence_of(const AudioFinding& finding) {
  const double amount = finding.amount;
  switch (finding.kind) {
    case AudioFinding::Kind::silent:
      return "There is no sound in this recording.";
    case AudioFinding::Kind::too_short:
      return fmt::format("The recording is too short ({:.1f} s) to measure its loudness, so it was left as it was.", amount);
    case AudioFinding::Kind::quiet:
      return fmt::format("The recording is so quiet that it was raised by {:.0f} dB only, the limit. It's still too quiet.", amount);
    case AudioFinding::Kind::raised:
      return fmt::format("The recording was very quiet and was raised by {:.0f} dB. Check that you can't hear any noise.", amount);
    case AudioFinding::Kind::loudness_missed:
      return fmt::format("The loudness is {:.1f} LUFS, which misses the target: the recording's short peaks don't allow more.", amount);
    case AudioFinding::Kind::peak_missed:
      return fmt::format("The peaks reach {:.1f} dBTP, above the limit of −1. They may sound distorted.", amount);
    case AudioFinding::Kind::repaired:
      return amount == 1 ? "One sample was invalid and was replaced."
                         : fmt::format("{:.0f} samples were invalid and were replaced.", amount);
    case AudioFinding::Kind::lost:
      return fmt::format("{:.1f} s of the recording were damaged and are missing.", amount);
    case AudioFinding::Kind::filled:
      return fmt::format("The file leaves out {:.1f} s, which are silent now.", amount);
    case AudioFinding::Kind::offset:
      return fmt::format("A constant offset of {:.1f} % was removed.", std::abs(amount));
    case AudioFinding::Kind::rumble:
      return "Inaudible rumble below 20 Hz was removed.";
    case AudioFinding::Kind::level_kept:
      return fmt::format("The loudness is {:.1f} LUFS: the show's settings leave it as it is. Other podcasts are at −16 LUFS.", amount);
    case AudioFinding::Kind::encoded_again:
      return amount == 1
                 ? "This MP3 can't be served as it was uploaded, because the episode has cue points. It was encoded again."
                 : "This MP3 can't be served as it was uploaded, because it is damaged or its format changes. It was encoded again.";
    case AudioFinding::Kind::cues_dropped:
      return amount == 1
                 ? "The cue point of the earlier recording doesn't apply to this one and was deleted. Set it again."
                 : fmt::format("The {:.0f} cue points of the earlier recording don't apply to this one and were deleted. Set them again.",
                               amount);
    case AudioFinding::Kind::mirrored:
      return "One channel was the inverse of the other, so a single speaker would have played nothing. It was turned back.";
  }
  return {};
}

std::string findings_text(std::span<const AudioFinding> findings) {
  std::string text;
  for (const auto& [kind, amount] : findings)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", media::protocol::name_of(kind), amount);
  return text;
}

std::vector<AudioFinding> findings_from(std::string_view text) {
  std::vector<AudioFinding> findings;
  while (!text.empty()) {
    const auto item = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(item.size() + 1, text.size()));
    const auto sign = item.find('=');
    if (sign == std::string_view::npos) continue;
    const auto kind = media::protocol::finding_kind_from(item.substr(0, sign));
    const auto number = item.substr(sign + 1);
    double amount = 0;
    if (!kind || std::from_chars(number.data(), number.data() + number.size(), amount).ec != std::errc{}) continue;
    findings.push_back({*kind, amount});
  }
  return findings;
}

bool is_silent(std::span<const AudioFinding> findings) noexcept {
  return std::ranges::find(findings, AudioFinding::Kind::silent, &AudioFinding::kind) != findings.end();
}

}  // namespace carillon::podcast
