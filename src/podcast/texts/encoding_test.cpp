#include "podcast/texts/encoding.hpp"

#include "base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unicode/ucnv.h>

#include <algorithm>

namespace carillon::podcast::texts {
namespace {

using ::testing::HasSubstr;

/// `text` in another encoding.
std::string in(const char* charset, std::string_view text) {
  UErrorCode bad = U_ZERO_ERROR;
  std::string bytes(text.size() * 4 + 8, '\0');
  const auto length = ucnv_convert(charset, "UTF-8", bytes.data(), static_cast<int32_t>(bytes.size()), text.data(),
                                   static_cast<int32_t>(text.size()), &bad);
  EXPECT_TRUE(U_SUCCESS(bad)) << charset << " " << text;
  bytes.resize(static_cast<std::size_t>(length));
  return bytes;
}

Result<DecodedText> decode(std::string_view bytes, std::string_view language, const Charset& charset = {}) {
  return decode_text(bytes, charset, language, "The transcript", "transcript");
}

struct Sample {
  const char* language;
  const char* charset;
  const char* text;
};

/// Sentences as they are spoken, each in the encodings that programs for its language write.
constexpr Sample kSamples[] = {
    {"de", "windows-1252", "„Grüße“ aus Köln … das kostet 5 €, schöne Straße"},
    {"fr", "windows-1252", "L’été dernier, nous étions à Orléans ; ça coûte cher"},
    {"en", "windows-1252", "A café in Zürich — “naïve” and £5"},
    {"es", "windows-1252", "¿Qué pasó mañana? El niño comió piña"},
    {"cs", "windows-1250", "Příliš žluťoučký kůň úpěl ďábelské ódy"},
    {"cs", "ISO-8859-2", "Příliš žluťoučký kůň úpěl ďábelské ódy"},
    {"pl", "windows-1250", "Zażółć gęślą jaźń, proszę państwa"},
    {"pl", "ISO-8859-2", "Zażółć gęślą jaźń, proszę państwa"},
    {"pl", "IBM852", "Zażółć gęślą jaźń, proszę państwa"},
    {"hu", "windows-1250", "Árvíztűrő tükörfúrógép"},
    {"ru", "windows-1251", "Привет, дорогие слушатели. Сегодня мы говорим о колоколах"},
    {"ru", "KOI8-R", "Привет, дорогие слушатели. Сегодня мы говорим о колоколах"},
    {"ru", "IBM866", "Привет, дорогие слушатели. Сегодня мы говорим о колоколах"},
    {"uk", "windows-1251", "Привіт, дорогі слухачі. Її голос із Києва"},
    {"el", "windows-1253", "Καλημέρα σας, αγαπητοί ακροατές"},
    {"tr", "windows-1254", "Merhaba, değerli dinleyiciler, şimdi İstanbul'dayız"},
    {"he", "windows-1255", "שלום לכולם וברוכים הבאים"},
    {"ar", "windows-1256", "مرحبا بكم في هذه الحلقة"},
    {"lt", "windows-1257", "Labas, mieli klausytojai, šiandien kalbėsime apie žodžius"},
    {"ja", "Shift_JIS", "こんにちは、今日は東京の話をします。"},
    {"ja", "EUC-JP", "こんにちは、今日は東京の話をします。"},
    {"ko", "windows-949", "안녕하세요, 오늘은 서울 이야기입니다."},
    {"zh", "GB18030", "大家好，今天我们谈谈北京的钟楼。"},
    {"zh-TW", "Big5", "大家好，今天我們談談臺北的鐘樓。"},
    {"th", "windows-874", "สวัสดีครับ วันนี้เราจะคุยกัน"},
};

TEST(Encoding, IsRecognizedByTheLanguage) {
  for (const auto& [language, charset, text] : kSamples) {
    const auto bytes = in(charset, text);
    ASSERT_FALSE(is_utf8(bytes)) << text;
    const auto decoded = decode(bytes, language);
    ASSERT_TRUE(decoded) << language << " " << charset << ": " << decoded.error().message;
    EXPECT_EQ(decoded->text, text) << charset;
    EXPECT_NE(decoded->charset, "UTF-8");
  }
}

/// The same bytes in a show of another language: a text in the right encoding, or a refusal, but never other letters.
TEST(Encoding, IsNeverTakenForAnotherSilently) {
  std::size_t wrong = 0, tried = 0;
  for (const auto& [language, charset, text] : kSamples) {
    for (const auto* other : {"en", "de", "cs", "ru", "ja", "zh"}) {
      // “naďve” has only Czech letters, and so nothing says that it's English.
      if (std::string_view(language) == "en" && std::string_view(other) == "cs") continue;
      ++tried;
      const auto decoded = decode(in(charset, text), other);
      if (!decoded || decoded->text == text) continue;
      ++wrong;
      ADD_FAILURE() << text << " in " << charset << " was read as " << decoded->charset << " in " << other << ": " << decoded->text;
    }
  }
  EXPECT_EQ(wrong, 0U) << "of " << tried;
}

TEST(Encoding, OfNamesFromElsewhereIsRecognized) {
  EXPECT_EQ(decode(in("windows-1252", "We met in the Große Straße, then in Besançon"), "en").value().charset, "windows-1252");
}

TEST(Encoding, IsAskedForWhereSeveralFit) {
  // One word that is Russian in both: "Да" in KOI8-R is "дБ" in Windows-1251, but "ДА" is "дб".
  const auto bytes = in("KOI8-R", "ДА");
  const auto refused = decode(bytes, "ru");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "charset");
  EXPECT_THAT(refused.error().message, HasSubstr("could be windows-1251 or KOI8-R"));
  EXPECT_THAT(refused.error().message, HasSubstr("?charset=windows-1251"));
  const auto possible = encodings_of(bytes, "ru");
  const auto of = [&](std::string_view charset) {
    const auto found = std::ranges::find(possible, charset, &PossibleEncoding::charset);
    return found == possible.end() ? std::string{} : found->preview;
  };
  EXPECT_EQ(of("windows-1251"), "дб");
  EXPECT_EQ(of("KOI8-R"), "ДА");
  EXPECT_LE(possible.size(), kMaxEncodings);
  EXPECT_EQ(decode(bytes, "ru", {.name = "KOI8-R", .certain = true}).value().text, "ДА");
  EXPECT_EQ(decode(bytes, "ru", {.name = "KOI8-R"}).value().text, "ДА");
}

TEST(Encoding, APreviewShowsTheLinesThatDiffer) {
  const auto possible = encodings_of(in("windows-1250", "1\n00:00:01,000 --> 00:00:02,000\nPříliš\n\nplain\nkůň\núpěl\nódy\n"), "en");
  ASSERT_FALSE(possible.empty());
  const auto central = std::ranges::find(possible, "windows-1250", &PossibleEncoding::charset);
  ASSERT_NE(central, possible.end());
  EXPECT_EQ(central->preview, "Příliš\nkůň\núpěl");
}

TEST(Encoding, WithAMarkOrZerosIsKnown) {
  using namespace std::string_view_literals;
  const std::string text = "1\n00:00:01,000 --> 00:00:02,000\nGrüße 漢字 🔔\n";
  for (const auto* charset : {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"}) {
    const auto bytes = in(charset, "\uFEFF" + text);
    EXPECT_EQ(decode(bytes, "de").value().text, text) << charset;
  }
  for (const auto* charset : {"UTF-16LE", "UTF-16BE"}) {
    const auto decoded = decode(in(charset, text), "de").value();
    EXPECT_EQ(decoded.text, text) << charset << " without a mark";
    EXPECT_EQ(decoded.charset, charset);
  }
  EXPECT_EQ(decode("\xEF\xBB\xBF"
                   "Grüße",
                   "de")
                .value()
                .text,
            "Grüße");
  EXPECT_EQ(decode("Grüße", "de", {.name = "windows-1252"}).value().text, "Grüße") << "many programs declare what they don't write";
  EXPECT_EQ(decode("a\0b"sv, "de").value().text, "a\0b"sv) << "one zero isn't UTF-16";
  EXPECT_THAT(decode("\xFF\xFEx", "de").error().message, HasSubstr("isn't valid UTF-16"));
}

TEST(Encoding, ThatIsWrongIsRefused) {
  for (const auto& [bytes, language] : {std::pair{"Gr\x81\xDF"
                                                  "e",
                                                  "de"},
                                        {"\xE4\xCF\xC2\xD2\xD9\xCA \xC4\xC5\xCE\xD8", "en"}}) {
    const auto refused = decode(bytes, language);
    ASSERT_FALSE(refused) << bytes << refused->text;
    EXPECT_EQ(refused.error().field, "charset");
    EXPECT_THAT(refused.error().message, HasSubstr("can't be recognized"));
  }
  EXPECT_THAT(decode("Gr\uFFFD\uFFFDe", "de").error().message, HasSubstr("lost"));
  EXPECT_EQ(decode("Gr\uFFFD\uFFFDe", "de").error().field, "transcript");
  EXPECT_THAT(decode("x", "de", {.name = "klingon", .certain = true}).error().message, HasSubstr("“klingon”"));
  EXPECT_FALSE(decode("\xFC", "de", {.name = "UTF-8", .certain = true}));
  EXPECT_EQ(decode("\xC3\xBC", "de", {.name = "windows-1252", .certain = true}).value().text, "Ã¼") << "an answer is an answer";
  EXPECT_TRUE(encodings_of(std::string(3, '\x7F') + "\xFF", "ja").empty());
}

}  // namespace
}  // namespace carillon::podcast::texts
