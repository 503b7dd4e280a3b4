// Fuzz target: text from anybody on its way to a terminal, a log or a field of one line.

#include "base/printable.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace carillon;

void check(bool holds) {
  if (!holds) std::abort();
}

/// "<U+E0041>" of four bytes is the longest that becomes of anything, "<U+0000>" of one.
constexpr std::size_t kMaxPerByte = 8;

void check_safe(std::string_view text, bool lines) {
  check(is_utf8(text));
  while (!text.empty()) {
    const auto [code, length] = first_character(text);
    const bool line_end = code == '\n' || code == '\t' || (code == '\r' && text.substr(1).starts_with('\n'));
    check(!is_deceptive(code) || (lines && line_end));
    text.remove_prefix(length);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto line = printable(text), lines = printable_lines(text), json = printable_json(text), kept = without_controls(text);
  check_safe(line, false);
  check_safe(lines, true);
  check(printable(line) == line && printable_lines(lines) == lines && without_controls(kept) == kept);
  check(line.size() <= kMaxPerByte * size && lines.size() <= kMaxPerByte * size && json.size() <= kMaxPerByte * size);
  check(is_utf8(kept) && kept.size() <= 3 * size);
  const auto cleaned = one_line(text);
  check(check_one_line("text", cleaned).has_value() && one_line(cleaned) == cleaned && cleaned.size() <= 3 * size);
  const auto good = check_one_line("text", text);
  check(good.has_value() || !good.error().message.empty());
  if (good) check(is_utf8(text) && without_controls(text).size() <= size);
  return 0;
}
