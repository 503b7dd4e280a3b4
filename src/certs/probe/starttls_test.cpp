#include "certs/probe/starttls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace carillon::certs {
namespace {

using namespace std::string_literals;
using State = StartTlsDialogue::State;
using ::testing::HasSubstr;

constexpr std::array kAll{StartTls::smtp, StartTls::lmtp, StartTls::imap, StartTls::pop3,        StartTls::sieve,    StartTls::ftp,
                          StartTls::nntp, StartTls::xmpp, StartTls::ldap, StartTls::xmpp_server, StartTls::postgres, StartTls::mysql};

struct Conversation {
  State state = State::talking;
  std::string said, reason;
  bool operator==(const Conversation&) const = default;
};

/// Everything that the server sends, in pieces of one size.
Conversation converse(StartTls kind, std::string_view server, std::size_t piece) {
  StartTlsDialogue dialogue{kind, "im.example.org"};
  Conversation result{.said = dialogue.opening()};
  for (; !server.empty(); server.remove_prefix(std::min(piece, server.size()))) result.said += dialogue.take(server.substr(0, piece));
  result.state = dialogue.state();
  result.reason = dialogue.reason();
  return result;
}

/// The same however it is cut.
Conversation converse(StartTls kind, std::string_view server) {
  auto whole = converse(kind, server, server.size());
  for (std::size_t first = 1; first < server.size(); ++first) {
    StartTlsDialogue dialogue{kind, "im.example.org"};
    Conversation cut{.said = dialogue.opening()};
    cut.said += dialogue.take(server.substr(0, first));
    cut.said += dialogue.take(server.substr(first));
    cut.state = dialogue.state();
    cut.reason = dialogue.reason();
    EXPECT_EQ(cut, whole) << "cut at " << first;
  }
  EXPECT_EQ(converse(kind, server, 1), whole);
  return whole;
}

std::string ldap_response(char code, std::string_view text = {}, char message = 1) {
  const auto size = static_cast<char>(text.size());
  return "\x30"s + static_cast<char>(12 + size) + "\x02\x01"s + message + "\x78"s + static_cast<char>(7 + size) + "\x0a\x01"s + code +
         "\x04\x00\x04"s + size + std::string(text);
}

std::string mysql_packet(std::string_view payload) {
  return std::string{static_cast<char>(payload.size()), 0, 0, 0} + std::string(payload);
}
std::string mysql_greeting(std::string_view capabilities) {
  return mysql_packet(
      "\x0a"
      "8.0.36\0\x01\0\0\0abcdefgh\0"s +
      std::string(capabilities) + "\x21\x02\0\xff\xc1\x15"s + std::string(10, '\0'));
}

TEST(StartTlsDialogue, SmtpListsItsExtensionsFirst) {
  StartTlsDialogue dialogue{StartTls::smtp};
  EXPECT_EQ(dialogue.opening(), "");
  EXPECT_EQ(dialogue.take("220-mail.example\r\n220 ready\r\n"), "EHLO localhost\r\n");
  EXPECT_EQ(dialogue.take("250-mail.example\r\n250-STARTTLS\r\n"), "");
  EXPECT_EQ(dialogue.take("250 HELP\r\n"), "STARTTLS\r\n");
  EXPECT_EQ(dialogue.state(), State::talking);
  EXPECT_EQ(dialogue.take("220 go\r\n"), "");
  EXPECT_EQ(dialogue.state(), State::ready);
}

TEST(StartTlsDialogue, LmtpHasItsOwnGreeting) {
  const auto result = converse(StartTls::lmtp, "220 a\r\n250-b\r\n250 starttls\r\n220 c\r\n");
  EXPECT_EQ(result, (Conversation{State::ready, "LHLO localhost\r\nSTARTTLS\r\n", ""}));
  EXPECT_EQ(converse(StartTls::lmtp, "220 a\r\n500 unknown command\r\n").state, State::refused);
}

TEST(StartTlsDialogue, ImapLetsTheServerTalkInBetween) {
  const auto result = converse(StartTls::imap, "* OK ready\r\n* CAPABILITY IMAP4rev1\r\nc1 OK begin\r\n");
  EXPECT_EQ(result, (Conversation{State::ready, "c1 STARTTLS\r\n", ""}));
}

TEST(StartTlsDialogue, Pop3) {
  EXPECT_EQ(converse(StartTls::pop3, "+OK ready\r\n+OK begin\r\n"), (Conversation{State::ready, "STLS\r\n", ""}));
  const auto refused = converse(StartTls::pop3, "+OK\r\n-ERR not here\r\n");
  EXPECT_EQ(refused, (Conversation{State::refused, "STLS\r\n", "it responds with “-ERR not here”"}));
  EXPECT_EQ(converse(StartTls::pop3, "-ERR busy\r\n").state, State::refused);
  EXPECT_EQ(converse(StartTls::pop3, "* OK IMAP\r\n").state, State::foreign);
}

TEST(StartTlsDialogue, SieveSendsItsCapabilitiesUnasked) {
  const auto result = converse(StartTls::sieve, "\"IMPLEMENTATION\" \"X\"\r\n\"STARTTLS\"\r\nOK \"ready\"\r\nOK (TAG) \"go\"\r\n");
  EXPECT_EQ(result, (Conversation{State::ready, "STARTTLS\r\n", ""}));
  const auto without = converse(StartTls::sieve, "\"NOTE\" \"STARTTLS\"\r\nOK\r\n");
  EXPECT_EQ(without, (Conversation{State::refused, "", "it doesn't offer STARTTLS"}));
  EXPECT_EQ(converse(StartTls::sieve, "\"STARTTLS\"\r\nOK\r\nNO \"later\"\r\n").reason, "it responds with “NO \"later\"”");
  EXPECT_EQ(converse(StartTls::sieve, "BYE(TRYLATER) \"full\"\r\n").state, State::refused);
  EXPECT_EQ(converse(StartTls::sieve, "+OK POP3\r\n").state, State::foreign);
}

TEST(StartTlsDialogue, SieveMaySendLiterals) {
  // The text of a response may have lines that look like responses.
  const auto result = converse(StartTls::sieve, "{8}\r\nSTARTTLS\r\nOK {9}\r\nOK\r\nNO x\n\r\nOK {4+}\r\nBYE \r\n");
  EXPECT_EQ(result, (Conversation{State::ready, "STARTTLS\r\n", ""}));
  EXPECT_EQ(converse(StartTls::sieve, "\"X\" {18446744073709551615}\r\n" + std::string(kLongestDialogueLine, 'x'), 100).state,
            State::foreign);
}

TEST(StartTlsDialogue, FtpRepliesMayHaveLinesOfAnyForm) {
  const auto result = converse(StartTls::ftp, "120 one minute\r\n220-welcome\r\n230 is not the end\r\nno code\r\n220 ready\r\n234 go\r\n");
  EXPECT_EQ(result, (Conversation{State::ready, "AUTH TLS\r\n", ""}));
  EXPECT_EQ(converse(StartTls::ftp, "220 a\r\n530 Please login.\r\n").reason, "it responds with “530 Please login.”");
  EXPECT_EQ(converse(StartTls::ftp, "421 too many\r\n").state, State::refused);
  EXPECT_EQ(converse(StartTls::ftp, "SSH-2.0-x\r\n").state, State::foreign);
}

TEST(StartTlsDialogue, Nntp) {
  EXPECT_EQ(converse(StartTls::nntp, "201 a\r\n382 go\r\n"), (Conversation{State::ready, "STARTTLS\r\n", ""}));
  const auto other_mode = converse(StartTls::nntp, "200 a\r\n401 MODE-READER\r\n200 b\r\n382 go\r\n");
  EXPECT_EQ(other_mode, (Conversation{State::ready, "STARTTLS\r\nMODE READER\r\nSTARTTLS\r\n", ""}));
  EXPECT_EQ(converse(StartTls::nntp, "200 a\r\n401 x\r\n200 b\r\n401 x\r\n").state, State::refused);
  EXPECT_EQ(converse(StartTls::nntp, "200 a\r\n580 no\r\n").reason, "it responds with “580 no”");
  EXPECT_EQ(converse(StartTls::nntp, "+OK POP3\r\n").state, State::foreign);
}

TEST(StartTlsDialogue, XmppRequestsTheDomain) {
  constexpr std::string_view kServer =
      "<?xml version='1.0'?><stream:stream from='im.example.org' id='a>b' xmlns='jabber:client' xmlns:stream='x'>"
      "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls></stream:features>"
      "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
  const auto client = converse(StartTls::xmpp, kServer);
  EXPECT_EQ(client.state, State::ready);
  EXPECT_THAT(client.said, HasSubstr("to='im.example.org' version='1.0' xml:lang='en' xmlns='jabber:client'"));
  EXPECT_TRUE(client.said.ends_with("><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"));
  const auto server = converse(StartTls::xmpp_server, kServer);
  EXPECT_EQ(server.state, State::ready);
  EXPECT_THAT(server.said, HasSubstr("xmlns='jabber:server'"));
  EXPECT_THAT(StartTlsDialogue(StartTls::xmpp, "a'/><b").opening(), HasSubstr("to='a&#39;/&gt;&lt;b'"));
}

TEST(StartTlsDialogue, XmppRefusals) {
  EXPECT_EQ(converse(StartTls::xmpp, "<stream:stream><stream:features><mechanisms/></stream:features>").reason,
            "it doesn't offer STARTTLS");
  EXPECT_EQ(converse(StartTls::xmpp, "<stream:stream><stream:features/>").reason, "it doesn't offer STARTTLS");
  EXPECT_EQ(converse(StartTls::xmpp, "<s:stream><s:features><starttls/></s:features><failure xmlns='x'/>").reason,
            "it responds with “<failure/>”");
  const auto unknown = converse(StartTls::xmpp_server, "<s:stream><s:error><host-unknown xmlns='x'/></s:error></s:stream>");
  EXPECT_EQ(unknown.state, State::refused);
  EXPECT_EQ(unknown.reason, "it responds with “host-unknown”");
  EXPECT_EQ(converse(StartTls::xmpp, "<s:stream></s:stream>").state, State::refused);
  for (const auto* const other : {"<html><head>", "HTTP/1.1 400 Bad Request\r\n", "\r\n220 mail\r\n", "<!DOCTYPE html>", "</stream>"})
    EXPECT_EQ(converse(StartTls::xmpp, other).state, State::foreign) << other;
}

TEST(StartTlsDialogue, Ldap) {
  const auto request =
      "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
      "1.3.6.1.4.1.1466.20037"s;
  EXPECT_EQ(converse(StartTls::ldap, ldap_response(0)), (Conversation{State::ready, request, ""}));
  // Microsoft's directories use four bytes for every length.
  EXPECT_EQ(converse(StartTls::ldap, "\x30\x84\0\0\0\x10\x02\x01\x01\x78\x84\0\0\0\x07\x0a\x01\0\x04\0\x04\0"s).state, State::ready);
  const auto refused = converse(StartTls::ldap, ldap_response(2, "unsupported extended operation"));
  EXPECT_EQ(refused.state, State::refused);
  EXPECT_EQ(refused.reason, "it rejects StartTLS with result code 2 (protocolError): “unsupported extended operation”");
  EXPECT_EQ(converse(StartTls::ldap, ldap_response(99)).reason, "it rejects StartTLS with result code 99");
  EXPECT_EQ(converse(StartTls::ldap, ldap_response(52, "bye", 0)).state, State::refused);
  // Success of another message, another operation, indefinite and impossible lengths.
  EXPECT_EQ(converse(StartTls::ldap, ldap_response(0, "", 7)).state, State::foreign);
  for (const auto& other : {"220 mail\r\n"s, "\x30\x05\x02\x01\x01\x61\0"s, "\x30\x80"s, "\x30\x85"s, "\x30\x84\xff\xff\xff\xff"s,
                            "\x30\0"s, "\x30\x07\x02\x01\x01\x78\x7f\x0a\x01"s})
    EXPECT_EQ(converse(StartTls::ldap, other).state, State::foreign);
}

TEST(StartTlsDialogue, Postgres) {
  EXPECT_EQ(converse(StartTls::postgres, "S"), (Conversation{State::ready, "\0\0\0\x08\x04\xd2\x16\x2f"s, ""}));
  EXPECT_EQ(converse(StartTls::postgres, "N").reason, "it doesn't offer TLS");
  EXPECT_EQ(converse(StartTls::postgres, "E\0\0\0\x20SFATAL\0"s).state, State::refused);
  EXPECT_EQ(converse(StartTls::postgres, "HTTP/1.1 400\r\n").state, State::foreign);
}

TEST(StartTlsDialogue, MysqlStartsTlsRightAfterTheRequest) {
  const auto result = converse(StartTls::mysql, mysql_greeting("\xff\xff"));
  EXPECT_EQ(result.state, State::ready);
  EXPECT_EQ(result.said.size(), 36U);
  EXPECT_EQ(result.said.substr(0, 8), "\x20\0\0\x01\0\x8a\x08\0"s);
  EXPECT_EQ(converse(StartTls::mysql, mysql_greeting("\xff\xf7")).reason, "it doesn't offer TLS");
  EXPECT_EQ(converse(StartTls::mysql, mysql_packet("\xff\x6a\x04Host '10.0.0.1' is not allowed")).reason,
            "it responds with “Host '10.0.0.1' is not allowed”");
  for (const auto& other : {"220 mail\r\n"s, "SSH-2.0-x\r\n"s,
                            mysql_packet("\x09"
                                         "3.22\0"s),
                            mysql_packet("\x0a"
                                         "8.0"s),
                            mysql_packet("\x0a\0abc"s), "\0\0\0\0"s})
    EXPECT_EQ(converse(StartTls::mysql, other).state, State::foreign);
}

TEST(StartTlsDialogue, ReasonsSayWhatTheServerSaid) {
  EXPECT_EQ(converse(StartTls::smtp, "220 a\r\n250 HELP\r\n").reason, "it doesn't offer STARTTLS");
  EXPECT_EQ(converse(StartTls::smtp, "421 too busy\r\n"), (Conversation{State::refused, "", "it responds with “421 too busy”"}));
  EXPECT_EQ(converse(StartTls::imap, "* OK\r\nc1 NO not now\r\n").reason, "it responds with “NO not now”");
  EXPECT_EQ(converse(StartTls::imap, "* BYE\r\n").state, State::refused);
}

TEST(StartTlsDialogue, DataAfterTheGoAheadIsDropped) {
  const auto result = converse(StartTls::pop3, "+OK\r\n+OK\r\n-ERR injected\r\n");
  EXPECT_EQ(result, (Conversation{State::ready, "STLS\r\n", ""}));
}

TEST(StartTlsDialogue, AnotherProtocolIsForeign) {
  for (const auto kind : kAll) {
    if (kind == StartTls::postgres) continue;  // one letter is all that it responds with
    const auto result = converse(kind, "SSH-2.0-OpenSSH_9.2\r\n");
    EXPECT_EQ(result.state, State::foreign) << name_of(kind);
    EXPECT_FALSE(result.reason.empty());
  }
}

TEST(StartTlsDialogue, DataWithoutEndIsEnded) {
  for (const auto* const pattern :
       {"2", "220-more\r\n", "+", "\"a\"\r\n", "* x\r\n", "<", "<a>", "<a b='", "\x30\x82\x07\xff", "\xff\x07\0\0", "N", "-", " ", "\n"}) {
    const std::string line = pattern[0] == '\xff' ? std::string("\xff\x07\0\0\x0a", 5) : pattern;
    for (const auto kind : kAll) {
      StartTlsDialogue dialogue{kind};
      std::size_t sent = 0;
      for (; sent < 2 * kLongestDialogue && dialogue.state() == State::talking; sent += line.size()) (void)dialogue.take(line);
      EXPECT_NE(dialogue.state(), State::talking) << name_of(kind) << " " << pattern;
      EXPECT_LE(sent, kLongestDialogue + line.size());
    }
  }
}

TEST(StartTls, HasANameForEveryKindAndThePortsThatAreUsual) {
  for (const auto kind : kAll) {
    const auto named = starttls_named(name_of(kind));
    ASSERT_TRUE(named);
    EXPECT_EQ(*named, kind);
  }
  EXPECT_EQ(starttls_words().size(), kAll.size() + 1);
  EXPECT_EQ(starttls_at(587), StartTls::smtp);
  EXPECT_EQ(starttls_at(5269), StartTls::xmpp_server);
  EXPECT_EQ(starttls_at(3268), StartTls::ldap);
  for (const std::uint16_t port : std::array<std::uint16_t, 6>{0, 443, 993, 995, 636, 5223}) EXPECT_EQ(starttls_at(port), StartTls::none);
  EXPECT_EQ(starttls_chosen("", 3306).value(), StartTls::mysql);
  EXPECT_EQ(starttls_chosen("none", 3306).value(), StartTls::none);
  EXPECT_EQ(starttls_chosen("postgres", 3306).value(), StartTls::postgres);
  const auto wrong = starttls_chosen("SMTP", 25);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("“SMTP” isn't supported for STARTTLS; use smtp, lmtp,"));
}

}  // namespace
}  // namespace carillon::certs
