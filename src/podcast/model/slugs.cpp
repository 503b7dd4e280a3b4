// See slugs.hpp.

#include "podcast/model/slugs.hpp"

#include "base/text.hpp"

#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>
#include <mutex>

namespace carillon::podcast {
namespace {

/// A slug has 64 characters; what stands behind so many bytes of a title cannot be in it.
constexpr std::size_t kLongestLookedAt = 512;

/// In Latin letters of ASCII, as far as ICU knows the writing.
std::string in_latin(std::string_view text) {
  // Made once: its rules take milliseconds to load. ICU's own lock lets one thread in at a time; ours also keeps the making safe.
  static std::mutex mutex;
  const std::lock_guard lock{mutex};
  static const std::unique_ptr<icu::Transliterator> kTransliterator = [] {
    UErrorCode bad = U_ZERO_ERROR;
    std::unique_ptr<icu::Transliterator> made{icu::Transliterator::createInstance("Any-Latin; Latin-ASCII", UTRANS_FORWARD, bad)};
    return U_SUCCESS(bad) ? std::move(made) : nullptr;
  }();
  if (!kTransliterator) return std::string(text);
  auto unicode = icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
  kTransliterator->transliterate(unicode);
  std::string latin;
  unicode.toUTF8String(latin);
  return latin;
}

}  // namespace

std::string readable_slug(std::string_view title) {
  const auto beginning = cut_to(title, kLongestLookedAt);
  // The letters of Europe's Latin writing have their place in slug_of(); U+02B0 and what follows is other writing.
  const bool other = std::ranges::any_of(beginning, [](char c) { return static_cast<unsigned char>(c) >= 0xCA; });
  return slug_of(other ? in_latin(beginning) : std::string(beginning));
}

}  // namespace carillon::podcast
