// See file_tags.hpp.

#include "audio/file_tags.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace carillon::audio {

std::string clean_file_tag(std::string_view text) {
  auto clean = clean_for_xml(cut_to(text, kLongestFileTag));
  std::ranges::replace_if(clean, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  return std::string(cut_to(trimmed(clean), kLongestFileTag));
}

}  // namespace carillon::audio
