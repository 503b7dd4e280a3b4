// See lua.hpp.

#include "certs/scan/lua.hpp"

#include <algorithm>
#include <optional>

namespace carillon::certs {
namespace {

/// The position after the long bracket that begins at `at` ("[[", "[==["); none if there isn't one.
std::optional<std::size_t> end_of_long_bracket(std::string_view text, std::size_t at) noexcept {
  if (at >= text.size() || text[at] != '[') return {};
  const auto first = at + 1;
  auto second = first;
  while (second < text.size() && text[second] == '=') ++second;
  if (second >= text.size() || text[second] != '[') return {};
  const auto level = second - first;
  for (auto close = text.find(']', second); close != std::string_view::npos; close = text.find(']', close + 1)) {
    auto end = close + 1;
    while (end < text.size() && text[end] == '=') ++end;
    if (end - close - 1 == level && end < text.size() && text[end] == ']') return end + 1;
    // The bracket that ends this run of "=" may begin the next.
    if (end > close + 1) close = end - 1;
  }
  return text.size();
}

std::size_t end_of_string(std::string_view text, std::size_t at) noexcept {
  const char quote = text[at++];
  while (at < text.size() && text[at] != quote && text[at] != '\n') at += text[at] == '\\' ? 2 : 1;
  return std::min(at + 1, text.size());
}

std::size_t end_of_comment(std::string_view text, std::size_t at) noexcept {
  if (const auto end = end_of_long_bracket(text, at + 2)) return *end;
  return std::min(text.find('\n', at), text.size());
}

}  // namespace

std::size_t end_of_lua_block(std::string_view text, std::size_t at) noexcept {
  std::size_t depth = 1;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      at = end_of_string(text, at);
    } else if (c == '-' && text.substr(at, 2) == "--") {
      at = end_of_comment(text, at);
    } else if (const auto end = c == '[' ? end_of_long_bracket(text, at) : std::nullopt) {
      at = *end;
    } else {
      ++at;
      if (c == '{') ++depth;
      if (c == '}' && --depth == 0) return at;
    }
  }
  return text.size();
}

}  // namespace carillon::certs
