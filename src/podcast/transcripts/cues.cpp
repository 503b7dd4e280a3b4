// See cues.hpp.

#include "podcast/transcripts/cues.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>

namespace carillon::podcast::transcripts {
namespace {

constexpr std::size_t kMaxHourDigits = 3;
constexpr std::size_t kLongestReference = 10;  // "&#1114111;"

std::optional<std::uint32_t> number_of(std::string_view reference) {
  std::uint32_t value = 0;
  const bool hexadecimal = reference.starts_with('x') || reference.starts_with('X');
  if (hexadecimal) reference.remove_prefix(1);
  if (reference.empty()) return {};
  for (const char c : reference) {
    std::uint32_t digit = 16;
    if (c >= '0' && c <= '9') digit = static_cast<std::uint32_t>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<std::uint32_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') digit = static_cast<std::uint32_t>(c - 'A' + 10);
    if (digit >= (hexadecimal ? 16U : 10U)) return {};
    value = value * (hexadecimal ? 16 : 10) + digit;
    if (value > 0x10FFFF) return {};
  }
  if (value == 0 || (value >= 0xD800 && value < 0xE000)) return {};
  return value;
}

/// What a reference stands for, without "&" and ";"; "" when it is none.
std::string meaning_of(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kNames{{{"amp", "&"},
                                                                                 {"lt", "<"},
                                                                                 {"gt", ">"},
                                                                                 {"quot", "\""},
                                                                                 {"apos", "'"},
                                                                                 {"nbsp", "\xC2\xA0"},
                                                                                 {"lrm", "\xE2\x80\x8E"},
                                                                                 {"rlm", "\xE2\x80\x8F"}}};
  std::string text;
  if (name.starts_with('#')) {
    if (const auto number = number_of(name.substr(1))) append_utf8(text, *number);
  } else if (const auto* known = std::ranges::find(kNames, name, [](const auto& entry) { return entry.first; }); known != kNames.end()) {
    text = known->second;
  }
  return text;
}

}  // namespace

std::string tidy(std::string_view text) {
  auto clean = clean_for_xml(text);
  std::erase_if(clean, [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t') || c == 0x7F; });
  std::ranges::replace(clean, '\t', ' ');
  std::string tidied;
  for (const auto line : split(clean, '\n')) {
    const auto words = trimmed(line);
    if (words.empty()) continue;
    if (!tidied.empty()) tidied += '\n';
    tidied += words;
  }
  return tidied;
}

std::optional<std::string_view> Lines::next() {
  if (!more_) return {};
  ++number_;
  const auto end = rest_.find_first_of("\r\n");
  const auto line = rest_.substr(0, end);
  if (end == std::string_view::npos) {
    more_ = false;
    return line;
  }
  rest_.remove_prefix(end + (rest_.substr(end).starts_with("\r\n") ? 2 : 1));
  more_ = !rest_.empty();
  return line;
}

std::optional<std::chrono::milliseconds> time_from(std::string_view text, char mark) {
  const auto dot = text.find(mark);
  if (dot == std::string_view::npos || text.size() - dot != 4) return {};
  const auto parts = split(text.substr(0, dot), ':');
  if (parts.size() != 2 && parts.size() != 3) return {};
  const auto fraction = parse_number(text.substr(dot + 1));
  const auto seconds = parse_number(parts.back()), minutes = parse_number(parts[parts.size() - 2]);
  const auto hours = parts.size() == 3 ? parse_number(parts[0]) : std::optional<std::uint64_t>{0};
  if (!fraction || !seconds || !minutes || !hours) return {};
  if (parts.back().size() != 2 || parts[parts.size() - 2].size() != 2 || *seconds > 59 || *minutes > 59) return {};
  if (parts.size() == 3 && parts[0].size() > kMaxHourDigits) return {};
  return std::chrono::hours{*hours} + std::chrono::minutes{*minutes} + std::chrono::seconds{*seconds} +
         std::chrono::milliseconds{*fraction};
}

std::string without_references(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    const auto at = text.find('&');
    plain += text.substr(0, at);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at);
    const auto end = text.substr(0, kLongestReference).find(';');
    const auto meaning = end == std::string_view::npos ? std::string{} : meaning_of(text.substr(1, end - 1));
    plain += meaning.empty() ? "&" : meaning;
    text.remove_prefix(meaning.empty() ? 1 : end + 1);
  }
  return plain;
}

Result<> Cues::add(Cue cue, std::string_view where) {
  const auto refused = [&](std::string_view why) {
    return fail(ErrorKind::invalid, std::string(where) + ": " + std::string(why), "transcript");
  };
  if (cue.end < cue.start) return refused("the cue ends before it starts.");
  if (!cues_.empty() && cue.start < cues_.back().start)
    return refused("this cue starts before the previous one; cues must be in chronological order.");
  cue.text = tidy(cue.text);
  if (cue.text.empty()) return {};
  cue.speaker = tidy(cue.speaker);
  std::ranges::replace(cue.speaker, '\n', ' ');
  if (cue.text.size() > kLongestCue)
    return refused("the text is longer than the limit of " + std::to_string(kLongestCue) + " bytes for one cue.");
  if (cue.speaker.size() > kLongestSpeaker) return refused("the speaker's name is too long.");
  if (cues_.size() == kMaxCues)
    return fail(ErrorKind::too_large, "The transcript has more than " + std::to_string(kMaxCues) + " cues, which is the limit.",
                "transcript");
  cues_.push_back(std::move(cue));
  return {};
}

Result<std::vector<Cue>> Cues::finish() {
  if (cues_.empty()) return fail(ErrorKind::invalid, "The transcript is empty.", "transcript");
  return std::move(cues_);
}

}  // namespace carillon::podcast::transcripts
