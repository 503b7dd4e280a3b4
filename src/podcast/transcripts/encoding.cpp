// See encoding.hpp.

#include "podcast/transcripts/encoding.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "podcast/model/language.hpp"

#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace carillon::podcast::transcripts {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";

/// Languages whose writing Windows-1252 has all letters of.
constexpr auto kWestern = std::to_array<std::string_view>(
    {"af", "an", "ast", "br", "ca", "co", "da", "de",  "en", "es", "eu", "fi", "fil", "fo", "fr", "fur", "fy", "ga", "gd", "gl", "gsw",
     "id", "is", "it",  "la", "lb", "ms", "nb", "nds", "nl", "nn", "no", "oc", "pt",  "rm", "sc", "sq",  "sv", "sw", "tl", "wa"});

/// What the bytes from 0x80 to 0x9F are in Windows-1252; 0 for those that are nothing.
constexpr std::array<std::uint16_t, 32> kUpper{0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
                                               0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
                                               0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

bool is_ascii_letter(unsigned char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_other_letter(unsigned char c) { return c >= 0xC0 && c != 0xD7 && c != 0xF7; }

/// Whether these are words of a Western language in Windows-1252. Other encodings put whole words above 0x7F.
bool is_western(std::string_view bytes) {
  constexpr std::size_t kLongestRun = 2;  // "créée", "Zoëë"
  std::size_t ascii = 0, other = 0, run = 0;
  for (const char each : bytes) {
    const auto c = static_cast<unsigned char>(each);
    const bool control = c < 0x20 && c != '\n' && c != '\r' && c != '\t';
    if (control || (c >= 0x80 && c < 0xA0 && kUpper[c - 0x80U] == 0)) return false;
    run = c >= 0x80 && !(c >= 0x80 && c < 0xC0) ? run + 1 : 0;
    if (run > kLongestRun) return false;
    if (is_ascii_letter(c)) ++ascii;
    if (is_other_letter(c)) ++other;
  }
  return other <= ascii;
}

std::string from_windows_1252(std::string_view bytes) {
  std::string text;
  for (const char each : bytes) {
    const auto c = static_cast<unsigned char>(each);
    append_utf8(text, c >= 0x80 && c < 0xA0 ? kUpper[c - 0x80U] : c);
  }
  return text;
}

/// Every byte must mean something; none when one does not, or when nobody knows the encoding.
std::optional<std::string> converted(std::string_view bytes, const std::string& charset) {
  UErrorCode bad = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, decltype(&ucnv_close)> converter{ucnv_open(charset.c_str(), &bad), &ucnv_close};
  if (U_FAILURE(bad)) return {};
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &bad);
  std::vector<UChar> unicode(bytes.size() * 2 + 1);
  const auto length = ucnv_toUChars(converter.get(), unicode.data(), static_cast<int32_t>(unicode.size()), bytes.data(),
                                    static_cast<int32_t>(bytes.size()), &bad);
  if (U_FAILURE(bad)) return {};
  std::string text;
  for (std::size_t i = 0; i < static_cast<std::size_t>(length); ++i) {
    std::uint32_t code = unicode[i];
    if (code >= 0xD800 && code < 0xDC00 && i + 1 < static_cast<std::size_t>(length))
      code = 0x10000 + ((code - 0xD800) << 10) + (unicode[++i] - 0xDC00U);
    if (code >= 0xD800 && code < 0xE000) return {};
    append_utf8(text, code);
  }
  return text;
}

std::unexpected<Error> refused(std::string_view sentence) { return fail(ErrorKind::invalid, std::string(sentence), "transcript"); }

}  // namespace

Result<std::string> utf8_of(std::string_view bytes, std::string_view charset, std::string_view language) {
  std::string text;
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
    auto unicode = converted(bytes, "UTF-16");
    if (!unicode) return refused("The transcript starts like UTF-16 text, but isn't valid UTF-16. Save it as UTF-8 and upload it again.");
    text = std::move(*unicode);
  } else if (is_utf8(bytes)) {
    text = bytes;
  } else if (auto named = !charset.empty() && !equal_ignoring_case(charset, "utf-8") && !equal_ignoring_case(charset, "utf8")
                              ? converted(bytes, std::string(charset))
                              : std::nullopt) {
    text = std::move(*named);
  } else if (std::ranges::find(kWestern, primary_language(language)) != kWestern.end() && is_western(bytes)) {
    text = from_windows_1252(bytes);
  } else {
    return refused(
        "The transcript isn't UTF-8 text, and its encoding can't be recognized. Save it as UTF-8 and upload it again, or specify its "
        "encoding, e.g. "
        "“Content-Type: application/srt; charset=windows-1250”.");
  }
  if (text.starts_with(kMark)) text.erase(0, kMark.size());
  if (text.contains("\xEF\xBF\xBD"))
    return refused(
        "The transcript contains “\xEF\xBF\xBD”, a placeholder for characters that were lost when it was saved or sent in the wrong "
        "encoding. Export "
        "it again as UTF-8.");
  return text;
}

}  // namespace carillon::podcast::transcripts
