#include "certs/probe/starttls.hpp"

#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using State = StartTlsDialogue::State;

TEST(StartTlsDialogue, SmtpAsksWhatThereIsAndThenForTls) {
  StartTlsDialogue dialogue{StartTls::smtp};
  EXPECT_EQ(dialogue.take("220-mail.example\r\n220 ready\r\n"), "EHLO localhost\r\n");
  EXPECT_EQ(dialogue.take("250-mail.example\r\n250-STARTTLS\r\n"), "");
  EXPECT_EQ(dialogue.take("250 HELP\r\n"), "STARTTLS\r\n");
  EXPECT_EQ(dialogue.state(), State::talking);
  EXPECT_EQ(dialogue.take("220 go\r\n"), "");
  EXPECT_EQ(dialogue.state(), State::ready);
}

TEST(StartTlsDialogue, ImapAsksForTlsAtOnceAndLetsTheServerTalkInBetween) {
  StartTlsDialogue dialogue{StartTls::imap};
  EXPECT_EQ(dialogue.take("* OK ready\r\n"), "c1 STARTTLS\r\n");
  EXPECT_EQ(dialogue.take("* CAPABILITY IMAP4rev1\r\nc1 O"), "");
  EXPECT_EQ(dialogue.state(), State::talking);
  EXPECT_EQ(dialogue.take("K begin\r\n"), "");
  EXPECT_EQ(dialogue.state(), State::ready);
}

TEST(StartTlsDialogue, HowTheBytesAreCutDoesNotMatter) {
  StartTlsDialogue dialogue{StartTls::smtp};
  std::string said;
  for (const char byte : std::string_view{"220 a\r\n250-b\r\n250 starttls\r\n220 c\r\n"}) said += dialogue.take({&byte, 1});
  EXPECT_EQ(said, "EHLO localhost\r\nSTARTTLS\r\n");
  EXPECT_EQ(dialogue.state(), State::ready);
}

TEST(StartTlsDialogue, NoTlsToBeHadIsSaid) {
  StartTlsDialogue without{StartTls::smtp};
  without.take("220 a\r\n250 HELP\r\n");
  EXPECT_EQ(without.state(), State::refused);
  EXPECT_NE(without.reason().find("STARTTLS"), std::string::npos);
  StartTlsDialogue busy{StartTls::smtp};
  busy.take("421 too busy\r\n");
  EXPECT_EQ(busy.state(), State::refused);
  EXPECT_NE(busy.reason().find("too busy"), std::string::npos);
  StartTlsDialogue refused{StartTls::imap};
  refused.take("* OK\r\nc1 NO not now\r\n");
  EXPECT_EQ(refused.state(), State::refused);
  StartTlsDialogue goodbye{StartTls::imap};
  goodbye.take("* BYE\r\n");
  EXPECT_EQ(goodbye.state(), State::refused);
}

TEST(StartTlsDialogue, AnotherProtocolIsForeign) {
  for (const auto kind : {StartTls::smtp, StartTls::imap}) {
    StartTlsDialogue dialogue{kind};
    dialogue.take("SSH-2.0-OpenSSH_9.2\r\n");
    EXPECT_EQ(dialogue.state(), State::foreign);
  }
}

TEST(StartTlsDialogue, TalkWithoutEndIsEnded) {
  StartTlsDialogue line{StartTls::smtp};
  line.take(std::string(kLongestDialogueLine + 2, '2'));
  EXPECT_EQ(line.state(), State::foreign);
  StartTlsDialogue lines{StartTls::smtp};
  for (std::size_t i = 0; i < kLongestDialogue && lines.state() == State::talking; ++i) lines.take("220-more\r\n");
  EXPECT_EQ(lines.state(), State::foreign);
}

}  // namespace
}  // namespace carillon::certs
