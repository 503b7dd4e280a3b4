#include "podcast/notes.hpp"

#include "podcast/publishing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace carillon::podcast {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(SafeHtml, IsTheMarkdownOfNotes) {
  EXPECT_EQ(safe_html("Hello *you*\n\n- a\n- **b**"), "<p>Hello <em>you</em></p>\n<ul>\n<li>a</li>\n<li><strong>b</strong></li>\n</ul>");
  EXPECT_EQ(safe_html("# Title"), "<h3>Title</h3>");
  EXPECT_EQ(safe_html("a  \nb"), "<p>a<br />\nb</p>");
  EXPECT_EQ(safe_html(""), "");
}

TEST(SafeHtml, LinksLeadToTheWebAndToMail) {
  EXPECT_EQ(safe_html("[x](https://a.test/?b=1&c=2)"), "<p><a href=\"https://a.test/?b=1&amp;c=2\" rel=\"noopener nofollow\">x</a></p>");
  EXPECT_THAT(safe_html("<mailto:a@b.test>"), HasSubstr("href=\"mailto:a@b.test\""));
  for (const auto* bad :
       {"[x](javascript:alert(1))", "<a href=\" java\nscript:alert(1)\">x</a>", "<a href='JAVASCRIPT:alert(1)'>x</a>",
        "[x](data:text/html,y)", "[x](/relative)", "<a href=\"&#106;avascript:alert(1)\">x</a>", "<a href=\"https://\">x</a>"})
    EXPECT_THAT(safe_html(bad), Not(HasSubstr("href"))) << bad;
}

TEST(SafeHtml, NoAttributeBreaksOut) {
  EXPECT_EQ(safe_html("<a href=\"https://a.test/&quot; onclick=&quot;x\" onclick=\"y\" style=\"z\">t</a>"),
            "<p><a href=\"https://a.test/&quot;onclick=&quot;x\" rel=\"noopener nofollow\">t</a></p>");
}

TEST(SafeHtml, CodeOfOthersGoesWithItsContent) {
  for (const auto* bad : {"<script>evil</script>", "<style>evil</style>", "<svg><text>evil</text></svg>", "<math><mi>evil</mi></math>",
                          "<iframe>evil</iframe>", "<template>evil</template>", "<textarea>evil</textarea>", "<noscript>evil</noscript>",
                          "<title>evil</title>"})
    EXPECT_THAT(safe_html(std::string("before\n\n") + bad + "\n\nafter"), Not(HasSubstr("evil"))) << bad;
}

TEST(SafeHtml, UnknownMarkupIsUnwrapped) {
  EXPECT_EQ(safe_html("<div class=x><span>kept</span></div>"), "kept");
  EXPECT_EQ(safe_html("![alt](https://a.test/x.png)"), "<p></p>");
  EXPECT_EQ(safe_html("1 < 2 & \"3\""), "<p>1 &lt; 2 &amp; &quot;3&quot;</p>");
}

TEST(SafeHtml, TextThatWouldBreakXmlCannot) {
  EXPECT_EQ(safe_html("a\x01 ]]> \xFF &#1; &#xFFFE; b"), "<p>a ]]&gt; \xEF\xBF\xBD \xEF\xBF\xBD \xEF\xBF\xBD b</p>");
}

/// The longest notes that are taken, of what is dear to parsers: nesting, unclosed emphasis, unclosed links.
TEST(SafeHtml, NothingThatIsTakenIsTooMuch) {
  for (const std::string_view piece : {">", "<div>", "<b>", "*a ", "**", "[", "](", "- ", "<a href=https://a.test>", "<p><i>", "&", "`",
                                       "<table>", "<table><tr><td>", "![", "<!--", "_ "}) {
    std::string notes;
    while (notes.size() + piece.size() <= kLongestMarkdown) notes += piece;
    const auto before = std::chrono::steady_clock::now();
    (void)plain_text(safe_html(notes));
    EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds{10}) << piece;
  }
}

TEST(SafeHtml, WhatNestsTooDeepIsText) {
  std::string escaped;
  for (int i = 0; i < 1000; ++i) escaped += "&gt;";
  EXPECT_EQ(safe_html(std::string(1000, '>') + " x"), "<p>" + escaped + " x</p>");
  EXPECT_EQ(safe_html(std::string(100, '>') + " x").find("&gt;"), std::string::npos);
}

TEST(PlainText, HasALineForEachParagraphAndItem) {
  EXPECT_EQ(plain_text(safe_html("# T\n\nA *b* & c\n\n- one\n- two")), "T\n\nA b & c\n\n\none\n\ntwo");
}

}  // namespace
}  // namespace carillon::podcast
