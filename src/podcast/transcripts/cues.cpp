// See cues.hpp.

#include "podcast/transcripts/cues.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace carillon::podcast::transcripts {
namespace {

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

std::string name_of(const Place& place) {
  std::string name(place.unit);
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name + " " + std::to_string(place.number);
}

Result<> Cues::add(Cue cue, std::optional<std::chrono::milliseconds> end, Place place) {
  const auto refused = [&](std::string_view why) {
    return fail(ErrorKind::invalid, name_of(place) + ": " + std::string(why), "transcript");
  };
  if (end && *end + kMaxRounding <= cue.start) return refused("the cue ends before it starts.");
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
  const bool early = end && *end < cue.start;
  if (early) repairs_.note(Repair::ends_early, place.unit, place.number);
  if (!cues_.empty() && cue.start < latest_) {
    repairs_.note(Repair::order, place.unit, place.number);
    sorted_ = false;
  }
  latest_ = std::max(latest_, cue.start);
  cue.end = end.value_or(cue.start);
  cues_.push_back(std::move(cue));
  endless_.push_back(early || !end);
  return {};
}

Result<bool> Cues::append(std::string_view text, Place place) {
  if (cues_.empty()) return false;
  auto& last = cues_.back().text;
  if (const auto more = tidy(text); !more.empty()) last += "\n" + more;
  if (last.size() > kLongestCue) return fail(ErrorKind::invalid, name_of(place) + ": the text is too long for one cue.", "transcript");
  return true;
}

Result<std::vector<Cue>> Cues::finish() {
  if (cues_.empty()) return fail(ErrorKind::invalid, "The transcript is empty.", "transcript");
  if (!sorted_) {
    // The flags move with their cues.
    std::vector<std::size_t> order(cues_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair{cues_[i].start, i}; });
    std::vector<Cue> cues;
    std::vector<bool> endless;
    for (const auto i : order) {
      cues.push_back(std::move(cues_[i]));
      endless.push_back(endless_[i]);
    }
    cues_ = std::move(cues);
    endless_ = std::move(endless);
  }
  constexpr std::chrono::milliseconds kPerByte{65};  // of speech
  // Cues that start at the same time all end where the next one starts.
  std::optional<std::chrono::milliseconds> next;
  for (std::size_t i = cues_.size(); i-- > 0;) {
    auto& cue = cues_[i];
    if (i + 1 < cues_.size() && cues_[i + 1].start > cue.start) next = cues_[i + 1].start;
    if (endless_[i]) cue.end = next.value_or(cue.start + kPerByte * static_cast<int>(cue.text.size()));
  }
  return std::move(cues_);
}

}  // namespace carillon::podcast::transcripts
