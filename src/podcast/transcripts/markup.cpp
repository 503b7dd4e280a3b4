// The markup in the text of WebVTT and SubRip.

#include "base/text.hpp"
#include "podcast/transcripts/cues.hpp"

namespace carillon::podcast::transcripts {

std::vector<Voice> voices_of(std::string_view text) {
  std::vector<Voice> voices(1);
  while (!text.empty()) {
    const auto open = text.find('<');
    voices.back().text += without_references(text.substr(0, open));
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const auto close = text.find('>');
    if (close == std::string_view::npos) {
      voices.back().text += without_references(text);
      break;
    }
    auto tag = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (tag == "/v") {
      voices.emplace_back();
    } else if (tag == "v" || tag.starts_with("v ") || tag.starts_with("v.") || tag.starts_with("v\t")) {
      const auto blank = tag.find_first_of(" \t\n");
      voices.push_back({blank == std::string_view::npos ? std::string{} : without_references(trimmed(tag.substr(blank))), {}});
    }
  }
  return voices;
}

std::string without_markup(std::string_view text) {
  std::string plain;
  bool tags_end = true, overrides_end = true;
  while (!text.empty()) {
    const auto open = text.find_first_of("<{");
    plain += text.substr(0, open);
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const bool tag =
        text[0] == '<' && text.size() > 1 && (text[1] == '/' || (text[1] >= 'a' && text[1] <= 'z') || (text[1] >= 'A' && text[1] <= 'Z'));
    const bool override = text.starts_with("{\\");
    auto close = std::string_view::npos;
    if (tag || override) {
      // Where one search found no end, the next one will not: each would go through all of the rest.
      bool& ends = tag ? tags_end : overrides_end;
      if (ends) close = text.find(tag ? '>' : '}');
      ends = close != std::string_view::npos;
    }
    if (close == std::string_view::npos) {
      plain += text[0];
      text.remove_prefix(1);
    } else {
      text.remove_prefix(close + 1);
    }
  }
  return plain;
}

}  // namespace carillon::podcast::transcripts
