// Names of speakers at the start of cues, as the Podcasting 2.0 namespace wants them in SubRip, and as programs write them: "Ada Tide: …".

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "podcast/transcripts/cues.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace carillon::podcast::transcripts {
namespace {

constexpr std::size_t kLongestName = 60;  // bytes
constexpr std::size_t kMaxWords = 4;
constexpr std::size_t kNamed = 5;  // in the sentence

struct Prefix {
  std::string_view name;  ///< "" if there is none
  std::size_t length = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

/// Words as of names: capitals, digits or letters of other scripts first; "van", "de" and the like in between.
bool is_like_a_name(std::string_view name) {
  constexpr auto kParticles =
      std::to_array<std::string_view>({"von", "van", "der", "den", "de", "di", "da", "del", "du", "la", "le", "zu", "al", "el", "bin"});
  const auto words = split(name, ' ');
  if (words.size() > kMaxWords || is_lower(name[0]) || std::ranges::all_of(name, [](char c) { return is_digit(c) || c == ' '; }))
    return false;
  return std::ranges::all_of(words, [&](std::string_view word) {
    if (word.empty()) return false;
    if (std::ranges::find(kParticles, word) != kParticles.end()) return true;
    const char c = word[0];
    return (c >= 'A' && c <= 'Z') || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
  });
}

/// "Ada Tide: …", "[Ada Tide]: …", ">> ADA: …".
Prefix prefix_of(std::string_view text) {
  auto rest = text;
  if (rest.starts_with(">>"))
    rest = rest.substr(rest.find_first_not_of("> ") == std::string_view::npos ? rest.size() : rest.find_first_not_of("> "));
  const bool bracket = rest.starts_with('[');
  if (bracket) rest.remove_prefix(1);
  const auto end = rest.substr(0, kLongestName).find_first_of(bracket ? "]\n" : ":\n[]<>");
  if (end == std::string_view::npos || end == 0 || rest[end] == '\n') return {};
  const auto name = trimmed(rest.substr(0, end));
  auto after = rest.substr(end + 1);
  if (bracket && after.starts_with(':')) after.remove_prefix(1);
  // ":" without a space is a time or an address.
  if (rest[end] == ':' && !after.starts_with(' ') && !after.starts_with('\n')) return {};
  if (bracket && !after.starts_with(' ') && !after.starts_with('\n')) return {};
  if (name.empty() || trimmed(after).empty() || !is_like_a_name(name)) return {};
  return {name, text.size() - after.size()};
}

/// What no sentence starts with: "SPEAKER 1", "SPEAKER_00", "ADA", "Sprecherin 2".
bool is_surely_a_name(std::string_view name) {
  if (std::ranges::none_of(name, is_lower) && std::ranges::any_of(name, [](char c) { return c >= 'A' && c <= 'Z'; })) return true;
  constexpr auto kWords = std::to_array<std::string_view>({"speaker ", "sprecher ", "sprecherin ", "voice ", "locuteur ", "hablante "});
  const auto lower = lower_ascii(name);
  return is_digit(lower.back()) && std::ranges::any_of(kWords, [&](std::string_view word) { return lower.starts_with(word); });
}

}  // namespace

void name_speakers(std::vector<Cue>& cues, Repairs& repairs) {
  std::map<std::string, std::size_t, std::less<>> counts;
  for (const auto& cue : cues) {
    if (!cue.speaker.empty()) continue;
    if (const auto prefix = prefix_of(cue.text); !prefix.name.empty()) ++counts[std::string(prefix.name)];
  }
  std::vector<std::string> found;
  for (auto& cue : cues) {
    if (!cue.speaker.empty()) continue;
    const auto prefix = prefix_of(cue.text);
    if (prefix.name.empty() || (counts.find(prefix.name)->second < 2 && !is_surely_a_name(prefix.name))) continue;
    cue.speaker = prefix.name;
    cue.text = std::string(trimmed(std::string_view(cue.text).substr(prefix.length)));
    if (std::ranges::find(found, cue.speaker) == found.end() && found.size() <= kNamed) found.push_back(cue.speaker);
  }
  if (found.empty()) return;
  std::string list;
  for (std::size_t i = 0; i < std::min(found.size(), kNamed); ++i) list += (i == 0 ? "“" : ", “") + found[i] + "”";
  repairs.say("Names at the start of cues were read as speakers: " + list + (found.size() > kNamed ? " and others." : "."));
}

}  // namespace carillon::podcast::transcripts
