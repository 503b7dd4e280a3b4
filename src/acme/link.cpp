// Link fields (RFC 8288 §3), as far as ACME uses them. See wire.hpp.

#include "acme/wire.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace carillon::acme::wire {
namespace {

constexpr std::string_view kSpaces = " \t";

void skip_spaces(std::string_view& text) { text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size())); }

std::string_view take_until(std::string_view& text, std::string_view ends) {
  const auto taken = text.substr(0, text.find_first_of(ends));
  text.remove_prefix(taken.size());
  return trimmed(taken);
}

/// A token or a quoted string, the latter without its quotes and escapes.
std::string take_value(std::string_view& text) {
  skip_spaces(text);
  if (!text.starts_with('"')) return std::string(take_until(text, ";,"));
  std::string value;
  text.remove_prefix(1);
  while (!text.empty() && text.front() != '"') {
    if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
    value += text.front();
    text.remove_prefix(1);
  }
  if (text.empty()) return {};  // it never ended: who knows what it says
  text.remove_prefix(1);
  return value;
}

/// Reads the parameters up to the next link; does one of them, the first `rel`, name `relation`?
bool parameters_say(std::string_view& text, std::string_view relation) {
  bool seen = false;
  bool named = false;
  skip_spaces(text);
  while (text.starts_with(';')) {
    text.remove_prefix(1);
    const auto name = take_until(text, "=;,");
    std::string value;
    if (text.starts_with('=')) {
      text.remove_prefix(1);
      value = take_value(text);
    }
    if (!seen && equal_ignoring_case(name, "rel")) {  // only the first counts (RFC 8288 §3.3)
      seen = true;
      for (const auto word : split(value, ' ')) named = named || equal_ignoring_case(word, relation);
    }
    take_until(text, ";,");
  }
  return named;
}

}  // namespace

std::vector<std::string> alternates_in(std::string_view link, std::string_view directory) {
  std::vector<std::string> urls;
  while (urls.size() < kMaxAlternates) {
    link.remove_prefix(std::min(link.find_first_not_of(" \t,"), link.size()));
    if (!link.starts_with('<')) return urls;
    link.remove_prefix(1);
    const auto end = link.find('>');
    if (end == std::string_view::npos) return urls;
    const auto url = link.substr(0, end);
    link.remove_prefix(end + 1);
    if (parameters_say(link, "alternate") && is_url_of_ca(url, directory)) urls.emplace_back(url);
  }
  return urls;
}

}  // namespace carillon::acme::wire
