// Words for people: texts, durations, days.

#include "site/pages/excerpt.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>

namespace carillon::site {
namespace {

using namespace std::chrono_literals;

TEST(ExcerptTest, TagsGoAndBlocksPartWords) {
  EXPECT_EQ(text_of("<p>One <strong>bo</strong>ld</p>\n<p>two<br>three</p>"), "One bold two three");
  EXPECT_EQ(text_of("<ul><li>a</li><li><a href=\"https://example.org/?a>b\">b</a></li></ul>"), "a b\">b");
  EXPECT_EQ(text_of(""), "");
  EXPECT_EQ(text_of("<p"), "");
}

TEST(ExcerptTest, CharacterReferencesAreResolvedOnce) {
  EXPECT_EQ(text_of("a &amp;lt; b &lt;script&gt; &#39;c&#x27; &quot;&nbsp;&#8230;"), "a &lt; b <script> 'c' \" …");
  EXPECT_EQ(text_of("&unknown; &#0; &#xD800; &#99999999999; & &;"), "&unknown; &#0; &#xD800; &#99999999999; & &;");
}

TEST(ExcerptTest, ABeginningEndsBetweenWords) {
  EXPECT_EQ(beginning_of("short", 10), "short");
  EXPECT_EQ(beginning_of("one two three", 9), "one two…");
  EXPECT_EQ(beginning_of("one two. three", 8), "one two…");
  EXPECT_EQ(beginning_of("one two three", 7), "one two…");
  EXPECT_EQ(beginning_of("unbroken", 4), "unbr…");
  EXPECT_TRUE(is_utf8(beginning_of("üüüüü", 5)));
}

TEST(ExcerptTest, Durations) {
  EXPECT_EQ(spoken(0s), "0 s");
  EXPECT_EQ(spoken(45s), "45 s");
  EXPECT_EQ(spoken(59600ms), "1 min");
  EXPECT_EQ(spoken(12min), "12 min");
  EXPECT_EQ(spoken(59min + 45s), "1 h");
  EXPECT_EQ(spoken(65min), "1 h 5 min");
}

TEST(ExcerptTest, Initials) {
  EXPECT_EQ(initial_of("the bells"), "T");
  EXPECT_EQ(initial_of("“99 %”"), "9");
  EXPECT_EQ(initial_of("#9 radio"), "9");
  EXPECT_EQ(initial_of("Übung"), "Ü");
  EXPECT_EQ(initial_of("..."), "♪");
  EXPECT_EQ(initial_of(""), "♪");
}

}  // namespace
}  // namespace carillon::site
