#include "notify/mail_format.hpp"

#include "base/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::notify {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Message example() {
  Message message;
  message.id = "01kw";
  message.to = "steward@example.org";
  message.subject = "It rings";
  message.text = "Ding.\n";
  return message;
}
const Mailbox kFrom{"Carillon", "carillon@example.org"};

std::size_t longest_line(std::string_view text) {
  std::size_t longest = 0;
  for (const auto line : split(text, '\n')) longest = std::max(longest, line.size());
  return longest;
}

TEST(MailFormat, APlainMailIsExactlyThis) {
  auto message = example();
  message.at = Time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};
  EXPECT_EQ(mail_of(message, kFrom).value(),
            "Date: Tue, 24 Nov 2026 00:00:00 +0000\r\nFrom: Carillon\r\n <carillon@example.org>\r\nTo: steward@example.org\r\nSubject: It "
            "rings\r\n"
            "Message-ID: <01kw@example.org>\r\nAuto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nDing.\r\n\r\n");
}

TEST(MailFormat, AMailingSaysWhereToUnsubscribe) {
  auto message = example();
  message.unsubscribe = "https://pod.example.org/unsubscribe/01kw-x";
  EXPECT_THAT(mail_of(message, kFrom).value(), HasSubstr("\r\nList-Unsubscribe: <https://pod.example.org/unsubscribe/01kw-x>\r\n"
                                                         "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
  for (const char* wrong :
       {"", "https://pod.example.org/>,<https://evil.example/", "https://pod.example.org/\r\nBcc: everybody@example.org"}) {
    message.unsubscribe = wrong;
    EXPECT_THAT(mail_of(message, kFrom).value(), Not(AnyOf(HasSubstr("List-Unsubscribe"), HasSubstr("\nBcc")))) << wrong;
  }
}

TEST(MailFormat, NothingInASubjectBecomesAHeader) {
  for (const std::string& attack : {std::string{"x\r\nBcc: everybody@example.org"}, std::string{"x\nBcc: a@b"}, std::string{"x\rBcc: a@b"},
                                    std::string{"x\0\r\n\r\nbody", 9}, std::string{"ü\r\nBcc: a@b"}}) {
    auto message = example();
    message.subject = attack;
    message.id = attack;
    message.in_reply_to = "y" + attack;
    const auto mail = mail_of(message, {attack, "carillon@example.org"}).value();
    const auto head = mail.substr(0, mail.find("\r\n\r\n"));
    EXPECT_THAT(head, Not(HasSubstr("\nBcc"))) << mail;
    EXPECT_THAT(head, HasSubstr("MIME-Version: 1.0\r\nContent-Type: text/plain")) << mail;
    for (std::size_t i = 0; i < mail.size(); ++i) {
      if (mail[i] == '\n') { ASSERT_EQ(mail[i - 1], '\r'); }
      if (mail[i] == '\r') { ASSERT_EQ(mail[i + 1], '\n'); }
    }
  }
}

TEST(MailFormat, SubjectsThatAreNotShortAsciiAreEncodedWordByWord) {
  EXPECT_EQ(header_text("It rings", 9), "It rings");
  EXPECT_EQ(header_text("größe", 9), "=?utf-8?Q?gr=C3=B6=C3=9Fe?=");
  EXPECT_EQ(header_text("a =?utf-8?Q?b?= c", 9), "=?utf-8?Q?a_=3D=3Futf=2D8=3FQ=3Fb=3F=3D_c?=")
      << "what looks like an encoded word must not be read as one";
  EXPECT_EQ(header_text("broken \xFF byte", 9), "=?utf-8?Q?broken_=EF=BF=BD_byte?=");
  std::string words, kanji;
  for (int i = 0; i < 40; ++i) words += "word ", kanji += "日本";
  EXPECT_LE(longest_line(header_text(words, 9)), 77U);
  const auto encoded = header_text(kanji, 9);
  EXPECT_LE(longest_line(encoded), 77U);
  // No character is cut in two: each word holds whole groups of three escaped bytes.
  for (auto line : split(encoded, '\n')) {
    line = trimmed(line);
    ASSERT_TRUE(line.starts_with("=?utf-8?Q?") && line.ends_with("?=")) << line;
    EXPECT_EQ((line.size() - 12) % 9, 0U) << line;
  }
}

TEST(MailFormat, QuotedPrintableKeepsLinesShortAndEndsExact) {
  EXPECT_EQ(quoted_printable("a=b\n"), "a=3Db\r\n");
  EXPECT_EQ(quoted_printable("trailing \nand\t\r\nend "), "trailing=20\r\nand=09\r\nend=20");
  EXPECT_EQ(quoted_printable("bare\rreturn"), "bare\r\nreturn");
  EXPECT_EQ(quoted_printable(std::string(76, 'x') + "\n"), std::string(76, 'x') + "\r\n");
  EXPECT_EQ(quoted_printable(std::string(77, 'x')), std::string(75, 'x') + "=\r\nxx");
  std::string wide;
  for (int i = 0; i < 500; ++i) wide += "ä";
  EXPECT_LE(longest_line(quoted_printable(wide)), 77U);
}

TEST(MailFormat, AddressesAreWhatEveryServerUnderstands) {
  for (const auto* good : {"a@b", "first.last+tag@mail.example.org", "o'hara@example.org"}) EXPECT_TRUE(is_mail_address(good)) << good;
  for (const auto* bad : {"", "a", "@b", "a@", "a@b@c", "a b@c", "a@b c", "<a@b>", "a@b>", "a@b,c@d", "a@-b", "a@b..c", ".a@b", "\"a b\"@c",
                          "ü@b", "a@ü", "a@b\n"})
    EXPECT_FALSE(is_mail_address(bad)) << bad;
  EXPECT_FALSE(is_mail_address(std::string(65, 'a') + "@b"));
  EXPECT_FALSE(is_mail_address("a@" + std::string(260, 'b')));
}

TEST(MailFormat, ASenderMayHaveAName) {
  const auto named = parse_mailbox(" \"Größe & Co\" <carillon@example.org> ").value();
  EXPECT_EQ(named.name, "Größe & Co");
  EXPECT_EQ(named.address, "carillon@example.org");
  EXPECT_EQ(parse_mailbox("carillon@example.org").value().name, "");
  EXPECT_THAT(mail_of(example(), named).value(), HasSubstr("From: =?utf-8?Q?Gr=C3=B6=C3=9Fe_=26_Co?=\r\n <carillon@example.org>\r\n"));
  EXPECT_EQ(parse_mailbox("Carillon").error().kind, ErrorKind::invalid);
  EXPECT_EQ(parse_mailbox("Carillon <a b@c>").error().kind, ErrorKind::invalid);
}

}  // namespace
}  // namespace carillon::notify
