// See encoding.hpp.

#include "podcast/texts/encoding.hpp"

#include "base/printable.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "podcast/model/language.hpp"

#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/uloc.h>
#include <unicode/ulocdata.h>
#include <unicode/uset.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>

namespace carillon::podcast::texts {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";

enum class Script {
  latin,       ///< words have letters of ASCII, too
  alphabetic,  ///< words have no letters of ASCII
  ideographic  ///< no spaces between words
};

/// The encodings of files in some languages. The common ones are those of Windows and the web (HTML §13.2.3.2, the defaults by locale);
/// the rare ones of DOS and old Macs are considered only if none of the common ones fits.
struct Family {
  Script script;
  std::span<const std::string_view> languages;
  std::span<const std::string_view> common;
  std::span<const std::string_view> rare;
};

template <std::size_t count>
using Names = std::array<std::string_view, count>;

constexpr Names<11> kCentralLanguages{"cs", "sk", "pl", "hu", "sl", "hr", "bs", "ro", "sq", "hsb", "dsb"};
constexpr Names<2> kCentral{"windows-1250", "ISO-8859-2"};
constexpr Names<2> kCentralRare{"IBM852", "x-mac-centraleurroman"};
constexpr Names<13> kCyrillicLanguages{"ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tg", "tt", "mn", "ba", "ce"};
constexpr Names<3> kCyrillic{"windows-1251", "KOI8-R", "KOI8-U"};
constexpr Names<3> kCyrillicRare{"ISO-8859-5", "IBM866", "x-mac-cyrillic"};
constexpr Names<1> kGreekLanguages{"el"};
constexpr Names<2> kGreek{"windows-1253", "ISO-8859-7"};
constexpr Names<4> kTurkishLanguages{"tr", "az", "ku", "crh"};
constexpr Names<2> kTurkish{"windows-1254", "ISO-8859-9"};
constexpr Names<2> kHebrewLanguages{"he", "yi"};
constexpr Names<2> kHebrew{"windows-1255", "ISO-8859-8"};
constexpr Names<4> kArabicLanguages{"ar", "fa", "ur", "ps"};
constexpr Names<2> kArabic{"windows-1256", "ISO-8859-6"};
constexpr Names<3> kBalticLanguages{"et", "lt", "lv"};
constexpr Names<3> kBaltic{"windows-1257", "ISO-8859-13", "ISO-8859-4"};
constexpr Names<1> kVietnameseLanguages{"vi"};
constexpr Names<1> kVietnamese{"windows-1258"};
constexpr Names<1> kThaiLanguages{"th"};
constexpr Names<1> kThai{"windows-874"};
constexpr Names<1> kJapaneseLanguages{"ja"};
constexpr Names<2> kJapanese{"Shift_JIS", "EUC-JP"};
constexpr Names<1> kKoreanLanguages{"ko"};
constexpr Names<1> kKorean{"windows-949"};
constexpr Names<2> kChineseLanguages{"zh", "yue"};
constexpr Names<2> kChinese{"GB18030", "Big5"};
constexpr Names<1> kWestern{"windows-1252"};
constexpr Names<2> kWesternRare{"IBM850", "macintosh"};

constexpr std::array<Family, 12> kFamilies{{
    {Script::latin, kCentralLanguages, kCentral, kCentralRare},
    {Script::alphabetic, kCyrillicLanguages, kCyrillic, kCyrillicRare},
    {Script::alphabetic, kGreekLanguages, kGreek, {}},
    {Script::latin, kTurkishLanguages, kTurkish, {}},
    {Script::alphabetic, kHebrewLanguages, kHebrew, {}},
    {Script::alphabetic, kArabicLanguages, kArabic, {}},
    {Script::latin, kBalticLanguages, kBaltic, {}},
    {Script::latin, kVietnameseLanguages, kVietnamese, {}},
    {Script::ideographic, kThaiLanguages, kThai, {}},
    {Script::ideographic, kJapaneseLanguages, kJapanese, {}},
    {Script::ideographic, kKoreanLanguages, kKorean, {}},
    {Script::ideographic, kChineseLanguages, kChinese, {}},
}};
constexpr Family kWesternFamily{Script::latin, {}, kWestern, kWesternRare};

const Family& family_of(std::string_view language) {
  const auto primary = primary_language(language);
  const auto* found = std::ranges::find_if(
      kFamilies, [&](const Family& family) { return std::ranges::find(family.languages, primary) != family.languages.end(); });
  return found == kFamilies.end() ? kWesternFamily : *found;
}

/// Every byte must mean something; none when one does not, or when ICU doesn't know the encoding.
std::optional<std::u16string> decoded(std::string_view bytes, const std::string& charset) {
  UErrorCode bad = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter{ucnv_open(charset.c_str(), &bad), &ucnv_close};
  if (U_FAILURE(bad)) return {};
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &bad);
  std::u16string unicode(bytes.size() * 2 + 1, u'\0');
  const auto length = ucnv_toUChars(converter.get(), unicode.data(), static_cast<int32_t>(unicode.size()), bytes.data(),
                                    static_cast<int32_t>(bytes.size()), &bad);
  if (U_FAILURE(bad)) return {};
  unicode.resize(static_cast<std::size_t>(length));
  return unicode;
}

/// The code point at `at`, which moves behind it.
char32_t next_of(std::u16string_view text, std::size_t& at) {
  const char32_t unit = text[at++];
  if (unit < 0xD800 || unit >= 0xDC00 || at == text.size()) return unit;
  return 0x10000 + ((unit - 0xD800) << 10) + (text[at++] - 0xDC00U);
}

/// Without the byte-order mark; none if there are unpaired surrogates.
std::optional<std::string> utf8_from(std::u16string_view unicode) {
  std::string text;
  for (std::size_t i = 0; i < unicode.size();) {
    const auto code = next_of(unicode, i);
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {};
    append_utf8(text, code);
  }
  if (text.starts_with(kMark)) text.erase(0, kMark.size());
  return text;
}

/// Control characters that no text has: in a wrong encoding, half of the bytes from 0x80 to 0x9F are some.
bool has_controls(std::u16string_view text) {
  return std::ranges::any_of(text, [](char16_t c) {
    return (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1A) || (c >= 0x7F && c < 0xA0 && c != 0x85) ||
           (c >= 0xE000 && c < 0xF900);  // for private use: what GB18030 and Big5 have no character for
  });
}

using Set = std::unique_ptr<USet, decltype(&uset_close)>;

/// Adds the letters of a language (CLDR, exemplar characters); with `auxiliary`, also those of foreign words in it.
void add_letters(USet& letters, std::string_view language, bool auxiliary) {
  UErrorCode bad = U_ZERO_ERROR;
  std::array<char, ULOC_FULLNAME_CAPACITY> locale{};
  uloc_forLanguageTag(std::string(language).c_str(), locale.data(), static_cast<int32_t>(locale.size()), nullptr, &bad);
  const std::unique_ptr<ULocaleData, decltype(&ulocdata_close)> data{ulocdata_open(locale.data(), &bad), &ulocdata_close};
  if (U_FAILURE(bad)) return;
  for (const auto kind : {ULOCDATA_ES_STANDARD, ULOCDATA_ES_AUXILIARY}) {
    if (kind == ULOCDATA_ES_AUXILIARY && !auxiliary) continue;
    UErrorCode missing = U_ZERO_ERROR;
    const Set set{ulocdata_getExemplarSet(data.get(), nullptr, USET_ADD_CASE_MAPPINGS, kind, &missing), &uset_close};
    if (U_SUCCESS(missing) && set) uset_addAll(&letters, set.get());
  }
}

/// The letters that the words of a text may have: those of its language, or of a name or quotation from a neighbor.
class Letters {
 public:
  Letters(std::string_view language, bool western) {
    auto& own = *sets_.emplace_back(uset_openEmpty(), &uset_close);
    add_letters(own, language, true);
    // Also those of the language elsewhere: Swiss German has no ß.
    add_letters(own, primary_language(language), true);
    if (!western) return;
    for (const std::string_view neighbor : {"de", "fr", "es", "pt", "it", "sv", "da"})
      add_letters(*sets_.emplace_back(uset_openEmpty(), &uset_close), neighbor, false);
  }
  /// One bit for each language that has the letter.
  [[nodiscard]] unsigned languages_with(char32_t c) const {
    unsigned languages = 0;
    for (std::size_t i = 0; i < sets_.size(); ++i)
      if (uset_contains(sets_[i].get(), static_cast<UChar32>(c)) != 0) languages |= 1U << i;
    return languages;
  }

 private:
  std::vector<Set> sets_;
};

/// How many words (of ideographic scripts: characters) with other characters than ASCII's there are, and how many of them can't be words
/// of the language.
struct Words {
  std::size_t all = 0;
  std::size_t wrong = 0;
};

bool is_mark_of_text(char32_t c) {
  const auto type = u_charType(static_cast<UChar32>(c));
  if (type == U_MATH_SYMBOL) return c == 0xB1 || c == 0xD7 || c == 0xF7 || c == 0xAC;
  if (type == U_OTHER_SYMBOL) return c == 0xA9 || c == 0xAE || c == 0xB0 || c == 0x2122 || c == 0x2116 || c == 0x266A;
  return true;
}

class WordCounter {
 public:
  WordCounter(const Letters& letters, Script script) : letters_{letters}, script_{script} {}

  void add(char32_t c) {
    const bool other = c >= 0x80;
    const auto type = u_charType(static_cast<UChar32>(c));
    const bool letter = u_isalpha(static_cast<UChar32>(c)) != 0 || type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK;
    if (!letter) {
      // "®ivot": a symbol in a word, or one that texts don't have.
      const bool joins = c == 0x2019 || c == 0xAD || c == 0xB7 || c == 0x2010 || c == 0x2011 || c == 0x30FC;
      if (other && !is_mark_of_text(c)) odd_ = true, any_ = true;
      if (other && in_word_ && !joins && type != U_DASH_PUNCTUATION && type != U_OTHER_PUNCTUATION && type != U_INITIAL_PUNCTUATION &&
          type != U_FINAL_PUNCTUATION && type != U_START_PUNCTUATION && type != U_END_PUNCTUATION && type != U_SPACE_SEPARATOR)
        symbol_ = true;
      else
        close();
      return;
    }
    if (symbol_) odd_ = true, any_ = true, symbol_ = false;
    in_word_ = true;
    ++letters_in_word_;
    any_ = any_ || other;
    run_ = other ? run_ + 1 : 0;
    ascii_ = ascii_ || !other;
    // "créée", "zażółć", but not "ÐŸÑ€Ð¸".
    constexpr std::size_t kLongestRun = 4;
    if (script_ == Script::latin && run_ > kLongestRun) odd_ = true;
    if (other && type != U_NON_SPACING_MARK) languages_ &= letters_.languages_with(c);
    // "пРИВЕТ" is KOI8-R read as Windows-1251.
    const bool upper = u_isupper(static_cast<UChar32>(c)) != 0;
    if (upper && after_lower_ && (other || other_before_)) odd_ = true;
    after_lower_ = u_islower(static_cast<UChar32>(c)) != 0;
    other_before_ = other;
    if (script_ == Script::ideographic) close();
  }

  Words finish() {
    close();
    return words_;
  }

 private:
  void close() {
    // "Zьrich", "äÏÂÒÙÊ"
    constexpr std::size_t kLongestWithoutAscii = 2;
    if (script_ == Script::latin ? !ascii_ && letters_in_word_ > kLongestWithoutAscii : script_ == Script::alphabetic && ascii_)
      odd_ = true;
    if (languages_ == 0) odd_ = true;
    if (any_) {
      ++words_.all;
      if (odd_) ++words_.wrong;
    }
    any_ = odd_ = in_word_ = symbol_ = after_lower_ = other_before_ = ascii_ = false;
    run_ = letters_in_word_ = 0;
    languages_ = kAll;
  }

  static constexpr unsigned kAll = ~0U;
  const Letters& letters_;
  Script script_;
  unsigned languages_ = kAll;  ///< that have all letters of this word
  Words words_;
  bool any_ = false, odd_ = false, in_word_ = false, symbol_ = false, after_lower_ = false, other_before_ = false, ascii_ = false;
  std::size_t run_ = 0, letters_in_word_ = 0;
};

struct Candidate {
  std::string_view charset;
  std::string text;  ///< UTF-8
  Words words;
  std::size_t rank = 0;  ///< the more usual ones first
};

/// What `bytes` are in each of the encodings in which all of them mean something; the same text only once.
std::vector<Candidate> candidates_of(std::string_view bytes, std::span<const std::string_view> charsets, const Letters& letters,
                                     Script script) {
  std::vector<Candidate> found;
  for (const auto charset : charsets) {
    const auto unicode = decoded(bytes, std::string(charset));
    if (!unicode || has_controls(*unicode)) continue;
    auto text = utf8_from(*unicode);
    if (!text || std::ranges::any_of(found, [&](const Candidate& each) { return each.text == *text; })) continue;
    WordCounter counter{letters, script};
    for (std::size_t i = 0; i < unicode->size();) counter.add(next_of(*unicode, i));
    found.push_back({charset, std::move(*text), counter.finish(), found.size()});
  }
  return found;
}

/// A few words are names from elsewhere.
bool fits(const Candidate& candidate) {
  constexpr std::size_t kMaxForeign = 10;  // percent
  return candidate.words.wrong * 100 <= candidate.words.all * kMaxForeign;
}

std::string preview_of(std::string_view text) {
  constexpr std::size_t kLines = 3, kLongestLine = 160;
  std::string preview;
  std::size_t lines = 0;
  for (const auto line : split(text, '\n')) {
    if (std::ranges::none_of(line, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) continue;
    if (lines++ == kLines) break;
    if (!preview.empty()) preview += '\n';
    preview += cut_to(one_line(line), kLongestLine);
  }
  return preview;
}

/// UTF-16 without a mark: every other byte of ASCII characters, like the digits of times and the spaces between words, is zero.
std::string_view utf16_by_zeros(std::string_view bytes) {
  constexpr std::size_t kLeast = 10;  // percent of the characters
  std::array<std::size_t, 2> zeros{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] == '\0') ++zeros[i % 2];
  const auto characters = bytes.size() / 2;
  if (bytes.size() % 2 != 0 || characters == 0 || (zeros[0] > 0 && zeros[1] > 0)) return {};
  if (zeros[1] * 100 >= characters * kLeast) return "UTF-16LE";
  if (zeros[0] * 100 >= characters * kLeast) return "UTF-16BE";
  return {};
}

std::string_view charset_by_mark(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xFF\xFE\0\0"sv)) return "UTF-32";
  if (bytes.starts_with("\0\0\xFE\xFF"sv)) return "UTF-32";
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) return "UTF-16";
  return {};
}

std::unexpected<Error> refused(std::string_view field, std::string sentence) {
  return fail(ErrorKind::invalid, std::move(sentence), std::string(field));
}

std::string list_of(std::span<const Candidate> candidates) {
  std::string list;
  for (std::size_t i = 0; i < candidates.size(); ++i)
    list += std::string(i == 0 ? "" : i + 1 == candidates.size() ? " or " : ", ") + std::string(candidates[i].charset);
  return list;
}

bool is_name_of_utf8(std::string_view charset) { return equal_ignoring_case(charset, "utf-8") || equal_ignoring_case(charset, "utf8"); }

/// All of the family's encodings, and those of the rest of the world, in which the bytes mean something.
std::vector<Candidate> all_candidates(std::string_view bytes, std::string_view language) {
  const auto& family = family_of(language);
  const Letters letters{language, &family == &kWesternFamily};
  std::vector<std::string_view> charsets(family.common.begin(), family.common.end());
  charsets.insert(charsets.end(), family.rare.begin(), family.rare.end());
  auto candidates = candidates_of(bytes, charsets, letters, family.script);
  std::ranges::sort(candidates, {}, [](const Candidate& each) { return std::pair{each.words.wrong, each.rank}; });
  constexpr std::array<std::string_view, 3> kElsewhere{"windows-1252", "windows-1250", "windows-1251"};
  for (auto& each : candidates_of(bytes, kElsewhere, letters, family.script)) {
    if (candidates.size() < kMaxEncodings &&
        std::ranges::none_of(candidates, [&](const Candidate& known) { return known.text == each.text; }))
      candidates.push_back(std::move(each));
  }
  return candidates;
}

Result<DecodedText> recognized(std::string_view bytes, std::string_view language, std::string_view subject) {
  const auto& family = family_of(language);
  const Letters letters{language, &family == &kWesternFamily};
  for (const auto charsets : {family.common, family.rare}) {
    auto fitting = candidates_of(bytes, charsets, letters, family.script);
    std::erase_if(fitting, [](const Candidate& each) { return !fits(each); });
    if (fitting.size() == 1) return DecodedText{.text = std::move(fitting[0].text), .charset = std::string(fitting[0].charset)};
    if (fitting.size() > 1)
      return refused("charset", std::string(subject) + " isn't UTF-8 text. Its encoding could be " + list_of(fitting) +
                                    ": specify it, e.g. with “?charset=" + std::string(fitting[0].charset) +
                                    "” at the end of the URL or “; charset=" + std::string(fitting[0].charset) +
                                    "” at the end of the Content-Type, or save the file as UTF-8.");
  }
  const auto possible = all_candidates(bytes, language);
  return refused("charset", std::string(subject) + " isn't UTF-8 text, and its encoding can't be recognized. " +
                                (possible.empty() ? std::string{"Save it as UTF-8 and upload it again."}
                                                  : "Save it as UTF-8 and upload it again, or specify its encoding, e.g. with “?charset=" +
                                                        std::string(possible[0].charset) + "” at the end of the URL or “; charset=" +
                                                        std::string(possible[0].charset) + "” at the end of the Content-Type."));
}

Result<DecodedText> decoded_text(std::string_view bytes, const Charset& charset, std::string_view language, std::string_view subject) {
  const auto by_name = [&](std::string_view name) -> std::optional<DecodedText> {
    if (is_name_of_utf8(name)) return is_utf8(bytes) ? std::optional{DecodedText{std::string(bytes), "UTF-8"}} : std::nullopt;
    const auto unicode = decoded(bytes, std::string(name));
    auto text = unicode ? utf8_from(*unicode) : std::nullopt;
    if (!text) return {};
    return DecodedText{std::move(*text), std::string(name)};
  };
  if (charset.certain && !charset.name.empty()) {
    if (auto text = by_name(charset.name)) return std::move(*text);
    return refused("charset", std::string(subject) + " isn't valid text in “" + printable(cut_to(charset.name, 40)) +
                                  "”, or no such encoding is known; common names are UTF-8, windows-1252 and Shift_JIS.");
  }
  if (const auto marked = charset_by_mark(bytes); !marked.empty()) {
    if (auto text = by_name(marked)) return std::move(*text);
    return refused("charset", std::string(subject) + " starts like " + std::string(marked) + " text, but isn't valid " +
                                  std::string(marked) + ". Save it as UTF-8 and upload it again.");
  }
  if (const auto striped = utf16_by_zeros(bytes); !striped.empty()) {
    if (auto text = by_name(striped)) return std::move(*text);
  }
  if (is_utf8(bytes)) return DecodedText{std::string(bytes), "UTF-8"};
  if (!charset.name.empty() && !is_name_of_utf8(charset.name)) {
    if (auto text = by_name(charset.name)) return std::move(*text);
  }
  return recognized(bytes, language, subject);
}

}  // namespace

Result<DecodedText> decode_text(std::string_view bytes, const Charset& charset, std::string_view language, std::string_view subject,
                                std::string_view field) {
  auto decoded = decoded_text(bytes, charset, language, subject);
  if (!decoded) return decoded;
  auto& text = decoded->text;
  if (text.starts_with(kMark)) text.erase(0, kMark.size());
  if (text.contains("\xEF\xBF\xBD"))
    return refused(field,
                   std::string(subject) +
                       " contains “\xEF\xBF\xBD”, a placeholder for characters that were lost when it was saved or sent in the wrong "
                       "encoding. Export it again as UTF-8.");
  return decoded;
}

std::string charset_in(std::string_view content_type) {
  for (const auto part : split(content_type, ';')) {
    const auto parameter = trimmed(part);
    constexpr std::string_view kName = "charset=";
    if (!equal_ignoring_case(parameter.substr(0, kName.size()), kName)) continue;
    auto value = trimmed(parameter.substr(kName.size()));
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return {};
}

std::vector<PossibleEncoding> encodings_of(std::string_view bytes, std::string_view language) {
  std::vector<PossibleEncoding> possible;
  for (const auto& each : all_candidates(bytes, language)) {
    possible.push_back({std::string(each.charset), preview_of(each.text)});
    if (possible.size() == kMaxEncodings) break;
  }
  return possible;
}

}  // namespace carillon::podcast::texts
