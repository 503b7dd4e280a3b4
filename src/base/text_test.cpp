#include "base/text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace carillon {
namespace {

TEST(Utf8, IsExactlyRfc3629) {
  for (const std::string_view good : {"", "plain", "\xC2\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(is_utf8(good)) << good;
  for (const std::string_view bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF",
                                     "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "a\xFF", "\xC3("})
    EXPECT_FALSE(is_utf8(bad)) << bad;
}

TEST(CleanForXml, DropsWhatXmlHasNoPlaceFor) {
  EXPECT_EQ(clean_for_xml(std::string_view("a\0b\x01\x1F c\td\ne\rf\x7F", 14)), "ab c\td\ne\rf\x7F");
  EXPECT_EQ(clean_for_xml("x\xEF\xBF\xBEy\xEF\xBF\xBFz\xEF\xBF\xBD"), "xyz\xEF\xBF\xBD");
}

TEST(CleanForXml, ReplacesBrokenUtf8) {
  EXPECT_EQ(clean_for_xml("a\xFF"
                          "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(clean_for_xml("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD") << "half of a surrogate pair";
  EXPECT_EQ(clean_for_xml("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(EscapedMarkup, LeavesNothingThatIsMarkup) { EXPECT_EQ(escaped_markup("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c&#39;"); }

TEST(CutTo, CutsBetweenCharacters) {
  EXPECT_EQ(cut_to("äöü", 6), "äöü");
  EXPECT_EQ(cut_to("äöü", 5), "äö");
  EXPECT_EQ(cut_to("äöü", 1), "");
  EXPECT_EQ(cut_to("a🎙b", 4), "a");
}

TEST(ParseNumber, TakesDigitsAlone) {
  EXPECT_EQ(parse_number("18446744073709551615"), 18446744073709551615ULL);
  for (const auto* bad : {"", "-1", "+1", " 1", "1 ", "0x1", "18446744073709551616", "1.0"}) EXPECT_FALSE(parse_number(bad)) << bad;
}

TEST(SlugOf, MakesAnAddressOfATitle) {
  EXPECT_EQ(slug_of("Ä talk, again!"), "a-talk-again");
  EXPECT_EQ(slug_of("  Straße & Œuvre — 2nd  "), "strasse-oeuvre-2nd");
  EXPECT_EQ(slug_of("Don't stop"), "dont-stop");
  EXPECT_EQ(slug_of("漢字 🎙"), "");
  EXPECT_EQ(slug_of("\xFF\xFE"), "");
  const auto longest = slug_of(std::string(100, 'x') + " y");
  EXPECT_TRUE(is_slug(longest));
  EXPECT_EQ(longest.size(), 64U);
  EXPECT_TRUE(is_slug(slug_of(std::string(63, 'x') + " y"))) << "no hyphen at the end after the cut";
}

TEST(IsSlug, RefusesEverythingElse) {
  for (const std::string_view bad : {"", "-a", "a-", "A", "a b", "a/b", "..", "ä"}) EXPECT_FALSE(is_slug(bad)) << bad;
  EXPECT_FALSE(is_slug(std::string(65, 'a')));
}

TEST(Split, KeepsEmptyParts) { EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string_view>{"a", "", "b", ""})); }

TEST(EqualIgnoringCase, IsOfAsciiAndOfTheWhole) {
  EXPECT_TRUE(equal_ignoring_case("Content-Length", "content-length"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_case("Ä", "ä"));
}

TEST(Nearest, FindsTheSlipAndNoOtherWord) {
  constexpr std::array<std::string_view, 3> kKnown{"Technology", "True Crime", "History"};
  EXPECT_EQ(nearest("Tecnology", kKnown), "Technology");
  EXPECT_EQ(nearest("histroy", kKnown), "History");
  EXPECT_EQ(nearest("Gardening", kKnown), std::nullopt);
}

TEST(FoldedText, HasSmallLettersOfEveryAlphabetThatHasThem) {
  EXPECT_EQ(folded("A Talk, ÄÖÜ ß É ΑΘΗΝΑ ЖУК 漢字 100 %"), "a talk, äöü ß é αθηνα жук 漢字 100 %");
  EXPECT_EQ(folded("broken \xC3( \xFFX"), "broken \xC3( \xFFx");
  EXPECT_EQ(folded(""), "");
}

}  // namespace
}  // namespace carillon
