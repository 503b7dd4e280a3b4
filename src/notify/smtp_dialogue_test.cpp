#include "notify/smtp_dialogue.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace carillon::notify {
namespace {

/// Lines of both sides: what begins with "> " is ours.
SmtpDialogue heard(const std::vector<std::string>& lines) {
  SmtpDialogue dialogue;
  for (const std::string_view line : lines) {
    if (line.starts_with("> "))
      dialogue.sent(std::string(line.substr(2)) + "\r\n");
    else
      dialogue.received(std::string(line) + "\r\n");
  }
  return dialogue;
}

TEST(SmtpDialogue, WhereARefusalComesDecidesWhoseTroubleItIs) {
  struct Case {
    std::vector<std::string> lines;
    SmtpEnding ending;
    Outcome outcome;
    std::string words;
  };
  const std::vector<Case> cases{
      {{}, SmtpEnding::broken, Outcome::later, "no connection"},
      {{"220 mail.test"}, SmtpEnding::broken, Outcome::later, "no connection"},
      {{"554 go away"}, SmtpEnding::broken, Outcome::misconfigured, "554 go away"},
      {{"421 too busy"}, SmtpEnding::broken, Outcome::later, "421 too busy"},
      {{"220 hi", "> EHLO x", "250-mail.test", "250 STARTTLS", "> STARTTLS", "454 not now"},
       SmtpEnding::no_encryption,
       Outcome::later,
       "454 not now"},
      {{"220 hi", "> EHLO x", "250 mail.test"}, SmtpEnding::no_encryption, Outcome::misconfigured, "no connection"},
      {{"220 hi", "> AUTH PLAIN", "334 ", "> AGE=", "535 5.7.8 wrong"}, SmtpEnding::no_login, Outcome::misconfigured, "535 5.7.8 wrong"},
      {{"220 hi", "> AUTH PLAIN x", "454 4.7.0 later"}, SmtpEnding::no_login, Outcome::later, "454 4.7.0 later"},
      {{"220 hi", "> AUTH LOGIN", "334 x", "> DATA", "535 no"}, SmtpEnding::broken, Outcome::misconfigured, "535 no"},
      {{"220 hi", "> MAIL FROM:<a@b>", "550 who are you"}, SmtpEnding::broken, Outcome::misconfigured, "550 who are you"},
      {{"220 hi", "> RCPT TO:<a@b>", "550-nobody", "550 here", "> QUIT", "221 bye"},
       SmtpEnding::broken,
       Outcome::refused,
       "550 nobody here"},
      {{"220 hi", "> RCPT TO:<a@b>", "530 log in first"}, SmtpEnding::broken, Outcome::misconfigured, "530 log in first"},
      {{"> RCPT TO:<a@b>", "250 ok", "> DATA", "354 go on"}, SmtpEnding::broken, Outcome::later, "no connection"},
      {{"> RCPT TO:<a@b>", "250 ok", "> DATA", "354 go on", "554 spam"}, SmtpEnding::broken, Outcome::refused, "554 spam"},
      {{"> RCPT TO:<a@b>", "250 ok", "> DATA", "354 go on", "250 taken"}, SmtpEnding::complete, Outcome::delivered, "250 taken"},
      {{"220 hi"}, SmtpEnding::not_trusted, Outcome::misconfigured, "no connection"},
      {{"HTTP/1.1 400 Bad Request"}, SmtpEnding::broken, Outcome::later, "no connection"},
  };
  for (const auto& [lines, ending, outcome, words] : cases) {
    const auto delivery = judged(ending, heard(lines), "no connection");
    const auto name = lines.empty() ? std::string{"nothing"} : lines.back();
    EXPECT_EQ(delivery.outcome, outcome) << name;
    EXPECT_EQ(delivery.detail, words) << name;
  }
}

TEST(SmtpDialogue, TheServersWordsAreSafeToPrint) {
  SmtpDialogue dialogue;
  dialogue.received("550 \x1B[31mred\x07 \xFF" + std::string(1000, 'x'));
  EXPECT_TRUE(is_utf8(dialogue.words()));
  EXPECT_LE(dialogue.words().size(), SmtpDialogue::kLongestWords);
  EXPECT_EQ(dialogue.words().substr(0, 13), "550  [31mred ");
}

}  // namespace
}  // namespace carillon::notify
