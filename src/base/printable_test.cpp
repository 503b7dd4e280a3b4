#include "base/printable.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>

namespace carillon {
namespace {

TEST(Printable, LeavesWhatPeopleWrite) {
  for (const std::string_view text : {"", "A talk, again", "Grüße — 漢字 🔔 “x” ❤\uFE0F", "שלום עולם", "a\u00A0b"}) {
    EXPECT_EQ(printable(text), text);
    EXPECT_EQ(printable_lines(text), text);
    EXPECT_EQ(printable_json(text), text);
    EXPECT_EQ(without_controls(text), text);
    EXPECT_TRUE(check_one_line("title", text)) << text;
  }
}

TEST(Printable, ShowsWhatWouldFoolATerminal) {
  EXPECT_EQ(printable("a\x1B[2Jb"), "a<U+001B>[2Jb");
  EXPECT_EQ(printable("\u009B31m"), "<U+009B>31m") << "a command in one character of C1";
  EXPECT_EQ(printable("\x7F\x08"), "<U+007F><U+0008>");
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a<U+0000>b");
  EXPECT_EQ(printable("invoice\u202Efdp.exe"), "invoice<U+202E>fdp.exe");
  EXPECT_EQ(printable("\u2066x\u2069\u200B\uFEFF\u2060\u00AD"), "<U+2066>x<U+2069><U+200B><U+FEFF><U+2060><U+00AD>");
  EXPECT_EQ(printable("\U000E0041"), "<U+E0041>") << "tags, which nothing shows";
  EXPECT_EQ(printable("a\r\nb\tc\u2028d"), "a  b c<U+2028>d") << "one line";
  EXPECT_EQ(printable("a\xFF\x9B"
                      "b"),
            "a\uFFFD\uFFFDb")
      << "bytes that are no UTF-8";
}

TEST(PrintableLines, KeepsLineEndsAlone) {
  EXPECT_EQ(printable_lines("a\nb\r\nc\td\re\x1B"), "a\nb\r\nc\td<U+000D>e<U+001B>") << "a lone CR writes over the line";
}

TEST(PrintableJson, WritesTheSameValues) {
  EXPECT_EQ(printable_json("{\"a\":\"\u202E\u009B\x7F\U000E0041\"}\n"), "{\"a\":\"\\u202e\\u009b\\u007f\\udb40\\udc41\"}\n");
}

TEST(CheckOneLine, SaysWhichCharacterIsWrong) {
  EXPECT_EQ(check_one_line("title", "Grüße\nx").error().message,
            "“title” must be one line without control characters; character 6 is U+000A.");
  for (const std::string_view text :
       {std::string_view("\0", 1), std::string_view("\t"), std::string_view("\x7F"), std::string_view("\u0085"), std::string_view("\u2028"),
        std::string_view("\u2029"), std::string_view("\xFF")}) {
    const auto refused = check_one_line("title", text);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
    EXPECT_EQ(refused.error().field, "title");
  }
}

TEST(OneLine, IsMadeOfWhatIsNone) {
  EXPECT_EQ(one_line("as  it is"), "as  it is");
  EXPECT_EQ(one_line("  a\r\n b\tc\u2028d\u0085e\u000B\n"), "a b c d e");
  EXPECT_EQ(one_line(std::string_view("a\0\x1B[2J\x7F\u009B\U0001F514", 14)), "a[2J\U0001F514");
  EXPECT_EQ(one_line("\x07\n"), "");
  EXPECT_EQ(one_line("a\xFF"), "a\uFFFD");
}

TEST(OneLine, HasNothingThatCannotBeSeen) {
  EXPECT_EQ(one_line("\uFEFFinvoice\u202Efdp\u200B.exe\u2066\u2060\u00AD\U000E0041"), "invoicefdp.exe");
  EXPECT_EQ(one_line("\u200B \u200E\u2028"), "");
  for (const std::string_view text :
       {"👩\u200D🚀", "می\u200Cخواهم", "שלום C++\u200E", "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", "❤\uFE0F"})
    EXPECT_EQ(one_line(text), text) << "what other writings and emoji are made of";
  EXPECT_EQ(one_line("a\u200Db\u200Dc"), "abc");
}

TEST(WithoutControls, KeepsLinesAndEverythingThatIsText) {
  EXPECT_EQ(without_controls(std::string_view("a\0b\n\tc\r\n\x0B\u009B\u200D\u202Ed", 19)), "ab\n\tc\r\n\u200D\u202Ed");
  EXPECT_EQ(without_controls("\U000E0041"), "\U000E0041");
  EXPECT_EQ(without_controls("\xFF"), "\uFFFD");
}

}  // namespace
}  // namespace carillon
