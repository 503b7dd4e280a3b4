#include "podcast/model/language.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::podcast {
namespace {

using ::testing::HasSubstr;

TEST(LanguageTag, IsInTheSpellingOfTheRegistry) {
  for (const auto& [given, tag] : {std::pair{"en", "en"},
                                   {"EN", "en"},
                                   {"de-ch", "de-CH"},
                                   {"zh-hant-tw", "zh-Hant-TW"},
                                   {"es-419", "es-419"},
                                   {"SR-LATN", "sr-Latn"},
                                   {"de-1996", "de-1996"},
                                   {"sl-Rozaj-Biske", "sl-rozaj-biske"},
                                   {"gsw", "gsw"},
                                   {"zh-yue", "zh-yue"},
                                   {"ca-valencia", "ca-valencia"},
                                   {"en-US-x-radio", "en-US-x-radio"},
                                   {"de-u-co-phonebk", "de-u-co-phonebk"}})
    EXPECT_EQ(language_tag("language", given).value_or("refused"), tag) << given;
}

TEST(LanguageTag, ProposesWhatWasMeant) {
  for (const auto& [given, tag] : {std::pair{"Deutsch", "de"},
                                   {"English", "en"},
                                   {"german", "de"},
                                   {"en-EN", "en"},
                                   {"en_US", "en-US"},
                                   {"en-UK", "en-GB"},
                                   {"ger", "de"},
                                   {"deu", "de"},
                                   {"eng", "en"},
                                   {"jp", "ja"},
                                   {"cz", "cs"},
                                   {"iw", "he"},
                                   {"日本語", "ja"},
                                   {"Français", "fr"},
                                   {"Englisch", "en"},
                                   {"i-klingon", "tlh"},
                                   {"Germn", "de"},
                                   {"de-DE-what", "de-DE"},
                                   {"pt-BRA", "pt"}}) {
    const auto refused = language_tag("language", given);
    ASSERT_FALSE(refused) << given;
    EXPECT_EQ(refused.error().field, "language");
    EXPECT_THAT(refused.error().message, HasSubstr("did you mean “" + std::string(tag) + "”?")) << given;
  }
}

TEST(LanguageTag, RefusesWhatIsNone) {
  for (const auto* given : {"", "-", "x", "xx", "en-", "en--US", "e", "qqq", "12", "english-language-of-the-north-and-the-south", "\xFF"})
    EXPECT_FALSE(language_tag("language", given)) << given;
  const auto refused = language_tag("transcript", std::string(10'000, 'a'));
  ASSERT_FALSE(refused);
  EXPECT_LT(refused.error().message.size(), 200U);
}

TEST(SameLanguage, DoesNotGoByCase) {
  EXPECT_TRUE(same_language("en", "EN"));
  EXPECT_FALSE(same_language("en", "en-GB"));
  EXPECT_EQ(primary_language("en-GB"), "en");
}

}  // namespace
}  // namespace carillon::podcast
