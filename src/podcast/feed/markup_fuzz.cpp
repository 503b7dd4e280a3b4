// Fuzz target: HTML from anybody without Markdown around it, so that every byte reaches the scanner. It is bounded, and cleaning what is
// clean changes nothing.

#include "base/text.hpp"
#include "podcast/feed/markup.hpp"
#include "podcast/feed/references.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::podcast;
  const auto check = [](bool holds) {
    if (!holds) std::abort();
  };
  constexpr std::size_t kMax = 1 << 20;
  /// "<p>" closes itself: "<p></p>"; a quote becomes "&quot;"; a link of nine bytes gets a rel.
  constexpr std::size_t kMaxPerByte = 12;
  const std::string_view html{reinterpret_cast<const char*>(data), size};
  if (!is_utf8(html)) return 0;
  check(with_references_resolved(html).size() <= 2 * size + 8);
  const auto clean = cleaned_markup(html, kMax);
  if (!clean) {
    check(!clean.error().message.empty());
    return 0;
  }
  check(is_utf8(*clean) && clean->size() <= 64 + kMaxPerByte * size);
  const auto again = cleaned_markup(*clean, kMax * kMaxPerByte);
  check(again.has_value() && *again == *clean);
  return 0;
}
