#include "podcast/feed/notes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <vector>

namespace carillon::podcast {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string html_of(std::string_view notes) { return safe_html(notes).value_or("refused"); }

TEST(SafeHtml, IsTheMarkdownOfNotes) {
  EXPECT_EQ(html_of("Hello *you*\n\n- a\n- **b**"), "<p>Hello <em>you</em></p>\n<ul>\n<li>a</li>\n<li><strong>b</strong></li>\n</ul>");
  EXPECT_EQ(html_of("# Title"), "<h3>Title</h3>");
  EXPECT_EQ(html_of("a  \nb"), "<p>a<br />\nb</p>");
  EXPECT_EQ(html_of(""), "");
}

TEST(SafeHtml, LinksLeadToTheWebAndToMail) {
  EXPECT_EQ(html_of("[x](https://a.test/?b=1&c=2)"), "<p><a href=\"https://a.test/?b=1&amp;c=2\" rel=\"noopener nofollow\">x</a></p>");
  EXPECT_THAT(html_of("<mailto:a@b.test>"), HasSubstr("href=\"mailto:a@b.test\""));
  for (const auto* bad :
       {"[x](javascript:alert(1))", "<a href=\" java\nscript:alert(1)\">x</a>", "<a href='JAVASCRIPT:alert(1)'>x</a>",
        "[x](data:text/html,y)", "[x](/relative)", "<a href=\"&#106;avascript:alert(1)\">x</a>", "<a href=\"https://\">x</a>"})
    EXPECT_THAT(html_of(bad), Not(HasSubstr("href"))) << bad;
}

TEST(SafeHtml, KeepsNumbersThatAreNoLists) {
  EXPECT_EQ(html_of("1986. What a year"), "<p>1986. What a year</p>");
  EXPECT_EQ(html_of("7) is a lucky number"), "<p>7) is a lucky number</p>");
  EXPECT_EQ(html_of("1986. What a year\n1992. And what an end"), "<p>1986. What a year</p>\n<p>1992. And what an end</p>");
  EXPECT_EQ(html_of("Top three:\n\n3. c\n2. b\n1. a"), "<p>Top three:</p>\n<p>3. c</p>\n<p>2. b</p>\n<p>1. a</p>");
  EXPECT_EQ(html_of("> - 2001. An odyssey"), "<blockquote>\n<ul>\n<li>2001. An odyssey</li>\n</ul>\n</blockquote>");
  EXPECT_EQ(html_of("5. ```\n   x\n   ```"), "<p>5. </p>\n<pre><code>x\n</code></pre>");
}

TEST(SafeHtml, KeepsTheNumbersOfLists) {
  EXPECT_EQ(html_of("1. a\n2. b"), "<ol>\n<li>a</li>\n<li>b</li>\n</ol>");
  EXPECT_EQ(html_of("1. a\n1. b"), "<ol>\n<li>a</li>\n<li>b</li>\n</ol>") << "as Markdown allows";
  EXPECT_EQ(html_of("1. alone"), "<ol>\n<li>alone</li>\n</ol>");
  EXPECT_EQ(html_of("3. c\n4. d"), "<ol start=\"3\">\n<li>c</li>\n<li>d</li>\n</ol>");
  EXPECT_EQ(html_of("<ol start=\"5\" class=x><li>e</ol><ol start='javascript:1'><li>f</ol>"),
            "<ol start=\"5\"><li>e</li></ol><ol><li>f</li></ol>");
}

TEST(SafeHtml, KeepsWhatPicturesShow) {
  EXPECT_EQ(html_of("![A <lighthouse> & fog](https://a.test/x.png)"), "<p>A &lt;lighthouse&gt; &amp; fog</p>");
  EXPECT_EQ(html_of("[![The *cover*](x.png)](https://a.test/)"),
            "<p><a href=\"https://a.test/\" rel=\"noopener nofollow\">The cover</a></p>");
  EXPECT_EQ(html_of("<p>a <img src=x onerror=alert(1) alt='the \"sea\"'> b <img src=y></p>"), "<p>a the &quot;sea&quot; b </p>");
}

TEST(SafeHtml, AddressesAreLinks) {
  const auto link = [](const std::string& address, const std::string& text) {
    return "<a href=\"" + address + "\" rel=\"noopener nofollow\">" + text + "</a>";
  };
  EXPECT_EQ(html_of("See https://a.test/x_y?b=1&c=2."),
            "<p>See " + link("https://a.test/x_y?b=1&amp;c=2", "https://a.test/x_y?b=1&amp;c=2") + ".</p>");
  EXPECT_EQ(html_of("(https://a.test/w_(x)), HTTP://B.test!"),
            "<p>(" + link("https://a.test/w_(x)", "https://a.test/w_(x)") + "), " + link("HTTP://B.test", "HTTP://B.test") + "!</p>");
  EXPECT_EQ(html_of("www.a.test and ada@a.test."),
            "<p>" + link("https://www.a.test", "www.a.test") + " and " + link("mailto:ada@a.test", "ada@a.test") + ".</p>");
  EXPECT_EQ(html_of("https://a.test/straße"), "<p>" + link("https://a.test/stra%C3%9Fe", "https://a.test/straße") + "</p>");
  EXPECT_EQ(html_of("<div>https://a.test/<b>x</b></div>"), link("https://a.test/", "https://a.test/") + "<strong>x</strong>");
  for (const auto* plain : {"[https://a.test](https://b.test)", "`https://a.test`", "    https://a.test", "<https://a.test>"}) {
    const auto html = html_of(plain);
    EXPECT_LE(std::count(html.begin(), html.end(), 'f'), 3) << html << ": no link within a link, nor in code";
  }
  EXPECT_EQ(html_of("`https://a.test`"), "<p><code>https://a.test</code></p>");
  for (const auto* none : {"xhttps://a.test", "https://", "http:// a", "www.", "www.a", "a@b", "@a.test", "a@.b", "a@b..c",
                           "javascript:alert(1)", "ftp://a.test"})
    EXPECT_THAT(html_of(none), Not(HasSubstr("href"))) << none;
}

TEST(SafeHtml, KeepsLineBreaks) {
  EXPECT_EQ(html_of("00:00 Hello\n01:30 The sea\n\nBye"), "<p>00:00 Hello<br />\n01:30 The sea</p>\n<p>Bye</p>");
  EXPECT_EQ(html_of("- a\n  b"), "<ul>\n<li>a<br />\nb</li>\n</ul>");
  EXPECT_EQ(html_of("```\na\nb\n```"), "<pre><code>a\nb\n</code></pre>");
}

TEST(SafeHtml, KeepsTheLinksOfPastedRichText) {
  EXPECT_EQ(
      html_of(
          "<p style=\"margin:0\"><span>Read <a href=\"https://a.test/\" target=_blank><b>this</b></a></span></p>\n<ul><li>one</li></ul>"),
      "<p>Read <a href=\"https://a.test/\" rel=\"noopener nofollow\"><strong>this</strong></a></p>\n<ul><li>one</li></ul>");
}

TEST(ShortenedHtml, IsClosedAndEncoded) {
  EXPECT_EQ(shortened_html("<p>one two</p>", 14), "<p>one two</p>");
  EXPECT_EQ(shortened_html("<p>one two three</p>", 19), "<p>one two…</p>");
  EXPECT_EQ(shortened_html("<p>a <strong>b &amp; c d e</strong> f g h i</p>", 46), "<p>a <strong>b &amp; c d e</strong> f…</p>");
  EXPECT_EQ(shortened_html("<ul><li>one</li><li>two</li><li>three</li></ul>", 45), "<ul><li>one</li><li>two</li><li>…</li></ul>");
  EXPECT_EQ(shortened_html("&lt;&lt;&lt;&lt;&lt;", 12), "&lt;&lt;…");
  EXPECT_EQ(shortened_html("ääääää", 8), "ää…");
  EXPECT_LE(shortened_html("<p>" + std::string(100, 'x') + "</p>", 20).size(), 20U);
  EXPECT_EQ(shortened_html("<p>a<br />b</p>", 12), "<p>a…</p>");
}

TEST(SafeHtml, NoAttributeBreaksOut) {
  EXPECT_EQ(html_of("<a href=\"https://a.test/&quot; onclick=&quot;x\" onclick=\"y\" style=\"z\">t</a>"),
            "<p><a href=\"https://a.test/&quot;onclick=&quot;x\" rel=\"noopener nofollow\">t</a></p>");
}

TEST(SafeHtml, CodeOfOthersGoesWithItsContent) {
  for (const auto* bad : {"<script>evil</script>", "<style>evil</style>", "<svg><text>evil</text></svg>", "<math><mi>evil</mi></math>",
                          "<iframe>evil</iframe>", "<template>evil</template>", "<textarea>evil</textarea>", "<noscript>evil</noscript>",
                          "<title>evil</title>"})
    EXPECT_THAT(html_of(std::string("before\n\n") + bad + "\n\nafter"), Not(HasSubstr("evil"))) << bad;
}

TEST(SafeHtml, UnknownMarkupIsUnwrapped) {
  EXPECT_EQ(html_of("<div class=x><span>kept</span></div>"), "kept");
  EXPECT_EQ(html_of("1 < 2 & \"3\""), "<p>1 &lt; 2 &amp; &quot;3&quot;</p>");
}

TEST(SafeHtml, TextThatWouldBreakXmlCannot) {
  EXPECT_EQ(html_of("a\x01 ]]> \xFF &#1; &#xFFFE; b"), "<p>a ]]&gt; \xEF\xBF\xBD \xEF\xBF\xBD \xEF\xBF\xBD b</p>");
}

/// What takes browsers' parsers and cmark minutes or gigabytes at some length, `size` bytes of it.
std::vector<std::pair<std::string, std::string>> dear_texts(std::size_t size) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const std::string_view piece : {">",
                                       "<div>",
                                       "<b>",
                                       "*a ",
                                       "**",
                                       "[",
                                       "](",
                                       "- ",
                                       "<a href=https://a.test>",
                                       "<p><i>",
                                       "&",
                                       "`",
                                       "<table>",
                                       "<table><tr><td>",
                                       "![",
                                       "<!--",
                                       "_ ",
                                       "<b><i><a href=https://a.test><p>",
                                       "<b a=1><i b=2>",
                                       "![[]()",
                                       "&a;",
                                       "</b>",
                                       "<b></p>",
                                       "<svg>",
                                       "<script>",
                                       "<b a=\"",
                                       "<div>\n<!-- x --",
                                       "1. ",
                                       "- a\n",
                                       "> ",
                                       "<ul><li>",
                                       "<blockquote>",
                                       "<!A",
                                       "<?",
                                       "[a]: b\n",
                                       "[a]: b \""}) {
    std::string text;
    while (text.size() + piece.size() <= size) text += piece;
    texts.emplace_back(piece, std::move(text));
  }
  const auto repeated = [](std::string_view piece, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += piece;
    return text;
  };
  for (const std::size_t deep : {16UZ, 64UZ, 120UZ, size / 4}) {
    const auto rest = size - std::min(size, 2 * deep);
    texts.emplace_back("lists in lists, then blank lines", repeated("- ", deep) + "a" + std::string(rest, '\n'));
    texts.emplace_back("quotes in quotes, then lines", repeated("> ", deep) + repeated("\na", rest / 2));
  }
  for (const std::size_t formatting : {100UZ, 250UZ, size / 16}) {
    const auto rest = size - std::min(size, 7 * formatting);
    texts.emplace_back("open formatting in paragraphs", "<b>" + repeated("<i a=1>", formatting) + repeated("<p>a", rest / 4));
  }
  std::string steps;
  for (std::size_t depth = 0; steps.size() + depth < size; ++depth) steps += std::string(2 * depth, ' ') + "- a\n";
  texts.emplace_back("lists in lists by indentation", std::move(steps));
  return texts;
}

/// Processor time of this thread, so that a busy machine does not count.
std::chrono::nanoseconds processor_time() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

TEST(SafeHtml, NothingIsTooMuch) {
  // 10 ms of a fast processor; what this is about took it seconds and minutes. Sanitizers take their time, too.
  constexpr std::chrono::milliseconds kGenerous{1500};
  for (const auto& [name, text] : dear_texts(kLongestMarkdown)) {
    ASSERT_LE(text.size(), kLongestMarkdown + 300) << name;
    const auto before = processor_time();
    if (const auto html = safe_html(text.substr(0, kLongestMarkdown))) {
      EXPECT_LE(html->size(), kLongestNotesHtml) << name;
      EXPECT_LE(plain_text(*html).size(), html->size()) << name;
    }
    EXPECT_LE(unformatted_html(text).size(), 6 * kLongestText + 7) << name;
    EXPECT_LT(processor_time() - before, kGenerous) << name;
  }
}

/// Output of these grew with the square of the input, or faster, where broken markup was repaired as browsers do.
TEST(SafeHtml, GrowsNoFasterThanItsInput) {
  constexpr std::size_t kMaxPerByte = 40;  // "> " and "<a href=…>" become about thirty times as long
  for (const std::size_t size : {1024UZ, 2048UZ, 4096UZ, 8192UZ}) {
    for (const auto& [name, text] : dear_texts(size)) {
      const auto html = safe_html(text);
      if (html) EXPECT_LE(html->size(), kMaxPerByte * text.size()) << name << ", " << size;
    }
  }
}

std::string refusal_of(std::string_view notes) {
  const auto html = safe_html(notes, "notes");
  EXPECT_FALSE(html.has_value());
  if (html) return {};
  EXPECT_EQ(html.error().kind, ErrorKind::invalid);
  EXPECT_EQ(html.error().field, "notes");
  return html.error().message;
}

TEST(SafeHtml, SaysWhatIsTooMuch) {
  EXPECT_EQ(refusal_of(std::string(kLongestMarkdown + 1, 'a')), "“notes” has 65537 bytes; at most 65536 are allowed.");
  EXPECT_EQ(refusal_of(std::string(129, '>') + " x"), "“notes” nests lists or quotes more than 128 deep; please simplify it.");
  std::string nested;
  for (int i = 0; i < 257; ++i) nested += "<b>";
  EXPECT_EQ(refusal_of(nested + "x"), "“notes” nests lists, quotes or other elements more than 256 deep; please simplify it.");
  EXPECT_EQ(refusal_of(std::string(kLongestMarkdown, '"')), "“notes” has more than 262144 bytes as HTML; please simplify it.");
  EXPECT_EQ(refusal_of(std::string(8193, '[')), "“notes” has more than 8192 opening brackets; please simplify it.");
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "- ";
  EXPECT_EQ(refusal_of(lines + "a" + std::string(20'000, '\n')),
            "“notes” has too many lines for lists or quotes nested this deeply; please simplify it.");
}

TEST(SafeHtml, TakesWhatPeopleWrite) {
  // The whole length in every ordinary form.
  for (const std::string_view piece :
       {"A sentence of some length about bells, and another one.\n\n", "- an item of a list with [a link](https://a.test/page)\n",
        "<p>A paragraph with <b>bold</b> and <i>italic</i> text &amp; a <a href=\"https://a.test/page\">link</a>.</p>\n",
        "[00:12:34] **Anna:** That is what we said.\n", "1. one\n   - two\n     > three\n\n", "* * * * * * * * * * * * * * * *\n\n"}) {
    std::string notes;
    while (notes.size() + piece.size() <= kLongestMarkdown) notes += piece;
    EXPECT_TRUE(safe_html(notes).has_value()) << piece;
  }
  EXPECT_EQ(html_of(std::string(100, '>') + " x").find("&gt;"), std::string::npos);
}

TEST(SafeHtml, RepairsWhatIsBroken) {
  EXPECT_EQ(html_of("<div><b>a<i>b</b>c</i>"), "<strong>a<em>b</em></strong>c");
  EXPECT_EQ(html_of("<div><p>a<p>b<ul><li>c<li>d</ul>e"), "<p>a</p><p>b</p><ul><li>c</li><li>d</li></ul>e");
  EXPECT_EQ(html_of("<div><a href=https://a.test>a<a href=https://b.test>b</a>c</a>"),
            "<a href=\"https://a.test\" rel=\"noopener nofollow\">a</a><a href=\"https://b.test\" rel=\"noopener nofollow\">b</a>c");
  EXPECT_EQ(html_of("<div><h1>a<a><h2>b</h2>"), "<h3>a</h3><h3>b</h3>");
  EXPECT_EQ(html_of("<div></p></b></ul>a</div><h1>b<h2>c</h1>d"), "a<h3>b</h3><h3>c</h3>d");
  EXPECT_EQ(html_of("<div>a<!-- b > c --!>d<!>e<?f?>g</3>h < i <3"), "adegh &lt; i &lt;3");
  EXPECT_EQ(html_of("<div>caf&eacute; &hellip; &#233;&#xE9; &#150; &nosuch; &copy &AMP; &#0;&#xD800;&#99999999999;"),
            "caf\u00E9 \u2026 \u00E9\u00E9 \u2013 &amp;nosuch; &amp;copy &amp; \uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(html_of("<div>before<script>if (a</b) '</scripty>'</script>after<b unclosed"), "beforeafter");
  EXPECT_EQ(html_of("<div>a<svg><svg/><g>b</g><style></svg></style></svg>c"), "ac");
}

TEST(UnformattedHtml, IsTheBeginningOfTheText) {
  EXPECT_EQ(unformatted_html("a <b> & \"c\"\x01"), "<p>a &lt;b&gt; &amp; &quot;c&quot;</p>");
  EXPECT_EQ(unformatted_html(std::string(kLongestMarkdown, 'x')).size(), kLongestText + 7);
}

TEST(PlainText, HasALineForEachParagraphAndItem) {
  EXPECT_EQ(plain_text(html_of("# T\n\nA *b* & c\n\n- one\n- two")), "T\n\nA b & c\n\n\none\n\ntwo");
}

}  // namespace
}  // namespace carillon::podcast
