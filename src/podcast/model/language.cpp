// See language.hpp.

#include "podcast/model/language.hpp"

#include "base/text.hpp"
#include "podcast/model/checks.hpp"
#include "podcast/model/language_subtags.hpp"

#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

namespace carillon::podcast {
namespace {

constexpr std::size_t kLongestLanguage = 35;  // RFC 5646 §4.4.1
/// What people may have typed as the name of a language; longer texts are no names.
constexpr std::size_t kLongestName = 64;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool all_letters(std::string_view text) { return std::ranges::all_of(text, is_letter); }
bool all_digits(std::string_view text) { return std::ranges::all_of(text, is_digit); }

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return result;
}

std::string titled(std::string_view text) { return upper(text.substr(0, 1)) + lower_ascii(text.substr(1)); }

/// A tag taken apart: what of it the registry knows, and whether that is all of it.
struct Parsed {
  std::string tag;  ///< the known subtags in the registry's spelling; "" when not even the language is known
  bool complete = true;
};

Parsed parsed(std::string_view text) {
  const auto parts = split(text, '-');
  auto language = lower_ascii(parts[0]);
  Parsed result;
  if (!subtags::is_language(language)) {
    const auto instead = subtags::preferred(language);
    if (instead.empty()) return {.tag = {}, .complete = false};
    language = std::string(instead);
    result.complete = false;
  }
  result.tag = language;
  enum { extended, script, region, variants, rest } place = extended;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto part = parts[i];
    const auto add = [&](const std::string& subtag) { result.tag += "-" + subtag; };
    if (place <= extended && part.size() == 3 && all_letters(part) && subtags::is_extended_language(language, lower_ascii(part))) {
      add(lower_ascii(part));
      place = script;
    } else if (place <= script && part.size() == 4 && all_letters(part) && subtags::is_script(titled(part))) {
      add(titled(part));
      place = region;
    } else if (place <= region && ((part.size() == 2 && all_letters(part)) || (part.size() == 3 && all_digits(part)))) {
      place = variants;
      auto name = upper(part);
      if (!subtags::is_region(name)) {
        result.complete = false;
        // "UK" is reserved for what everybody calls so, and no region's code.
        const auto instead = name == "UK" ? std::string_view("GB") : subtags::preferred(name);
        if (instead.empty()) continue;
        name = std::string(instead);
      }
      add(name);
    } else if (place <= variants && subtags::is_variant(lower_ascii(part))) {
      add(lower_ascii(part));
      place = variants;
    } else if (part.size() == 1 && i + 1 < parts.size()) {
      // Extensions and private use say nothing about the language (RFC 5646 §2.2.6, §2.2.7): they are kept, if they are well-formed.
      for (; i < parts.size(); ++i) {
        const bool good =
            !parts[i].empty() && parts[i].size() <= 8 && std::ranges::all_of(parts[i], [](char c) { return is_letter(c) || is_digit(c); });
        if (!good) result.complete = false;
        if (good) add(lower_ascii(parts[i]));
      }
    } else {
      result.complete = false;
    }
  }
  return result;
}

/// Codes of ISO 639-2/B, which no tag is made of, and the tags of their languages.
constexpr auto kBibliographic = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{"alb", "sq"}, {"arm", "hy"}, {"baq", "eu"}, {"bur", "my"}, {"chi", "zh"}, {"cze", "cs"}, {"dut", "nl"},
     {"fre", "fr"}, {"geo", "ka"}, {"ger", "de"}, {"gre", "el"}, {"ice", "is"}, {"mac", "mk"}, {"mao", "mi"},
     {"may", "ms"}, {"per", "fa"}, {"rum", "ro"}, {"slo", "sk"}, {"tib", "bo"}, {"wel", "cy"}});

std::string name_in(const icu::Locale& of, const icu::Locale& in) {
  icu::UnicodeString name;
  of.getDisplayLanguage(in, name);
  std::string utf8;
  name.toUTF8String(utf8);
  return folded(utf8);
}

/// The names of languages in themselves, in English, and in the languages that most publishers of this world write.
struct Named {
  std::string name;
  std::string code;
};
const std::vector<Named>& names() {
  static const std::vector<Named> kNames = [] {
    std::vector<Named> all;
    const std::array others{icu::Locale("en"), icu::Locale("de"), icu::Locale("fr"), icu::Locale("es")};
    for (const char* const* code = icu::Locale::getISOLanguages(); *code != nullptr; ++code) {
      const std::string language(*code);
      if (!subtags::is_language(language)) continue;
      const icu::Locale locale(*code);
      all.push_back({.name = name_in(locale, locale), .code = language});
      for (const auto& other : others) all.push_back({.name = name_in(locale, other), .code = language});
    }
    std::erase_if(all, [](const Named& each) { return each.name == each.code || each.name.empty(); });
    return all;
  }();
  return kNames;
}

/// What somebody who wrote `text` may have meant; "" when there is no telling.
std::string proposal_for(std::string_view text) {
  if (text.empty() || text.size() > kLongestName) return {};
  std::string tag(text);
  std::ranges::replace(tag, '_', '-');
  if (const auto instead = subtags::preferred(lower_ascii(tag)); !instead.empty()) return std::string(instead);
  if (auto known = parsed(tag).tag; !known.empty()) return known;
  const auto parts = split(tag, '-');
  const auto first = lower_ascii(parts[0]);
  if (first.size() == 3) {
    const auto* found = std::ranges::find(kBibliographic, first, [](const auto& each) { return each.first; });
    const icu::Locale locale(first.c_str());  // "deu" is "de" to it
    const std::string code = found != kBibliographic.end() ? std::string(found->second) : locale.getLanguage();
    if (subtags::is_language(code)) return parsed(code + tag.substr(3)).tag;
  }
  const auto name = folded(trimmed(text));
  for (const auto& each : names()) {
    if (each.name == name) return each.code;
  }
  if (parts.size() == 1 && first.size() == 2 && subtags::is_region(upper(first))) {
    // A country in the place of its language: "jp".
    icu::Locale locale("und", upper(first).c_str());
    UErrorCode bad = U_ZERO_ERROR;
    locale.addLikelySubtags(bad);
    if (U_SUCCESS(bad) && subtags::is_language(locale.getLanguage())) return locale.getLanguage();
  }
  // A slip in a name; short words are near to everything.
  constexpr std::size_t kShortestSlip = 5;
  if (name.size() < kShortestSlip) return {};
  std::vector<std::string_view> known;
  for (const auto& each : names()) known.push_back(each.name);
  const auto near = nearest(name, known);
  if (!near) return {};
  const auto found = std::ranges::find(names(), *near, &Named::name);
  return found->code;
}

}  // namespace

Result<std::string> language_tag(std::string_view field, std::string_view text) {
  if (text.size() <= kLongestLanguage) {
    if (auto known = parsed(text); known.complete && !known.tag.empty()) return known.tag;
  }
  const auto proposal = proposal_for(text);
  return wrong(field, "“" + std::string(cut_to(text, kLongestName)) + "” isn't a registered language code" +
                          (proposal.empty() ? ", e.g. “en” or “de-CH”." : "; did you mean “" + proposal + "”?"));
}

std::string_view primary_language(std::string_view tag) { return tag.substr(0, tag.find('-')); }

bool same_language(std::string_view one, std::string_view other) { return equal_ignoring_case(one, other); }

}  // namespace carillon::podcast
