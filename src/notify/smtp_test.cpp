// The mail channel against a real mail server, in every way of encryption.

#include "notify/smtp.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "notify/testing/smtp_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::notify {
namespace {

using carillon::testing::SmtpServer;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Message example(std::string to = "steward@example.org") {
  Message message;
  message.id = "01kw0000000000000000000000";
  message.to = std::move(to);
  message.subject = "The certificate for größe.example.org was not renewed for three days, and 日本語";
  message.text =
      "Zertifikat läuft ab.\n\n.a line that starts with a dot\n.\n..\nFrom here on: " + std::string(200, 'x') + "\nends with a space \n";
  message.html = "<p>Zertifikat <b>läuft</b> ab &amp; \xE2\x9C\x93</p>";
  message.in_reply_to = "01kv0000000000000000000000";
  message.at = Time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}} + std::chrono::hours{4};
  message.urgent = true;
  return message;
}

SmtpSettings settings_for(const SmtpServer& server, SmtpSecurity security) {
  SmtpSettings settings{.host = "127.0.0.1", .port = server.port(), .security = security, .user = "carillon", .password = "größe"};
  settings.from = "Carillon <carillon@pod.example.org>";
  settings.ca_file = server.root();
  return settings;
}

Delivery deliver(const SmtpSettings& settings, const Message& message) { return make_smtp_channel(settings).value()->deliver(message); }

std::string text(const boost::json::object& object, std::string_view name) { return std::string(object.at(name).as_string()); }

struct Way {
  std::string mode;
  SmtpSecurity security;
};

class SmtpWay : public ::testing::TestWithParam<Way> {
 protected:
  SmtpServer server_{GetParam().mode};
  SmtpSettings settings_ = settings_for(server_, GetParam().security);
};

TEST_P(SmtpWay, AMailArrivesAsItWasWritten) {
  const auto delivery = deliver(settings_, example());
  ASSERT_EQ(delivery.outcome, Outcome::delivered) << delivery.detail;
  EXPECT_EQ(delivery.detail, "250 2.0.0 taken as 4711");
  const auto mail = server_.next_mail();
  EXPECT_EQ(text(mail, "sender"), "carillon@pod.example.org");
  EXPECT_EQ(mail.at("to"), (boost::json::array{"steward@example.org"}));
  EXPECT_EQ(text(mail, "hello"), "pod.example.org");
  EXPECT_EQ(mail.at("encrypted").as_bool(), GetParam().security != SmtpSecurity::none);
  EXPECT_TRUE(mail.at("login").as_bool());
  EXPECT_TRUE(mail.at("defects").as_array().empty()) << json_text(mail.at("defects"));
  EXPECT_EQ(mail.at("bare").as_int64(), 0);
  EXPECT_LE(mail.at("longest_line").as_int64(), 78);

  const auto& headers = mail.at("headers").as_object();
  EXPECT_EQ(text(headers, "subject"), example().subject);
  EXPECT_EQ(text(headers, "from"), "Carillon <carillon@pod.example.org>");
  EXPECT_EQ(text(headers, "to"), "steward@example.org");
  EXPECT_EQ(text(headers, "date"), "Tue, 24 Nov 2026 04:00:00 +0000");
  EXPECT_EQ(text(headers, "message-id"), "<01kw0000000000000000000000@pod.example.org>");
  EXPECT_EQ(text(headers, "in-reply-to"), "<01kv0000000000000000000000@pod.example.org>");
  EXPECT_EQ(text(headers, "references"), "<01kv0000000000000000000000@pod.example.org>");
  EXPECT_EQ(text(headers, "auto-submitted"), "auto-generated");
  EXPECT_THAT(text(headers, "x-priority"), StartsWith("1"));

  const auto& parts = mail.at("parts").as_object();
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(text(parts, "text/plain"), example().text);
  EXPECT_EQ(text(parts, "text/html"), example().html);
}

TEST_P(SmtpWay, TheServersAnswerDecidesWhatBecomesOfAMail) {
  struct Case {
    std::string to;
    Outcome outcome;
    std::string words;
  };
  const Case cases[] = {{"defer@example.org", Outcome::later, "451 4.3.0 try again in a while"},
                        {"reject@example.org", Outcome::refused, "550 5.1.1 nobody here 5.1.1 by that name"},
                        {"later@example.org", Outcome::later, "452 4.2.2 the mailbox is full"},
                        {"spam@example.org", Outcome::refused, "554 5.7.1 this looks like spam"}};
  for (const auto& [to, outcome, words] : cases) {
    const auto delivery = deliver(settings_, example(to));
    EXPECT_EQ(delivery.outcome, outcome) << to << ": " << delivery.detail;
    EXPECT_EQ(delivery.detail, words);
  }
}

TEST_P(SmtpWay, AWrongPasswordIsSomethingToMendAndNotToRepeat) {
  settings_.password = "groß";
  const auto delivery = deliver(settings_, example());
  EXPECT_EQ(delivery.outcome, Outcome::misconfigured);
  EXPECT_THAT(delivery.detail, StartsWith("535"));
}

TEST_P(SmtpWay, WithoutALoginTheServersRefusalIsSomethingToMend) {
  settings_.user.clear();
  const auto delivery = deliver(settings_, example());
  EXPECT_EQ(delivery.outcome, Outcome::misconfigured);
  EXPECT_THAT(delivery.detail, StartsWith("530"));
}

TEST_P(SmtpWay, ASenderThatMayNotSendIsSomethingToMend) {
  settings_.from = "stranger@example.org";
  const auto delivery = deliver(settings_, example());
  EXPECT_EQ(delivery.outcome, Outcome::misconfigured);
  EXPECT_EQ(delivery.detail, "550 5.7.1 you may not send as stranger");
}

TEST_P(SmtpWay, WithoutTheLastReplyNothingCountsAsDelivered) {
  const auto delivery = deliver(settings_, example("cut@example.org"));
  EXPECT_EQ(delivery.outcome, Outcome::later);
  EXPECT_THAT(delivery.detail, StartsWith("127.0.0.1:" + std::to_string(server_.port()) + ": "));
  EXPECT_EQ(text(server_.next_mail().at("headers").as_object(), "message-id"), "<01kw0000000000000000000000@pod.example.org>");
}

INSTANTIATE_TEST_SUITE_P(All, SmtpWay,
                         ::testing::Values(Way{"starttls", SmtpSecurity::starttls}, Way{"tls", SmtpSecurity::tls},
                                           Way{"none", SmtpSecurity::none}),
                         [](const auto& info) { return info.param.mode; });

TEST(Smtp, NothingIsSentInTheClearWhereEncryptionIsAskedFor) {
  const SmtpServer server{"starttls", {"no-starttls"}};
  const auto delivery = deliver(settings_for(server, SmtpSecurity::starttls), example());
  EXPECT_EQ(delivery.outcome, Outcome::misconfigured);
  EXPECT_THAT(delivery.detail, HasSubstr("STARTTLS"));
}

TEST(Smtp, ACertificateThatIsNotTrustedGetsNoPassword) {
  const SmtpServer other{"tls"};
  for (const auto* mode : {"tls", "starttls"}) {
    const SmtpServer server{mode};
    auto settings = settings_for(server, mode == std::string_view{"tls"} ? SmtpSecurity::tls : SmtpSecurity::starttls);
    settings.ca_file = other.root();
    const auto delivery = deliver(settings, example());
    EXPECT_EQ(delivery.outcome, Outcome::misconfigured) << mode;
    EXPECT_THAT(delivery.detail, HasSubstr("certificate")) << mode;
  }
}

TEST(Smtp, NobodyThereIsNoReasonToGiveUp) {
  std::uint16_t port = 0;
  { port = SmtpServer{"none"}.port(); }
  const auto delivery =
      deliver({.host = "127.0.0.1", .port = port, .security = SmtpSecurity::none, .from = "carillon@example.org"}, example());
  EXPECT_EQ(delivery.outcome, Outcome::later);
  EXPECT_THAT(delivery.detail, HasSubstr("127.0.0.1:"));
}

TEST(Smtp, ASilentServerCostsTheDeadlineAndNoMore) {
  const SmtpServer plain{"none"};
  // Both sides wait: we for its hello under TLS, it for our first command.
  auto settings = settings_for(plain, SmtpSecurity::none);
  settings.security = SmtpSecurity::starttls;
  const SmtpServer tls{"tls"};
  settings.port = tls.port();
  settings.deadline = std::chrono::milliseconds{300};
  const auto delivery = deliver(settings, example());
  EXPECT_EQ(delivery.outcome, Outcome::later);
  EXPECT_THAT(delivery.detail, HasSubstr("timed out")) << delivery.detail;
}

TEST(Smtp, WhatIsNoAddressIsRefusedBeforeAnybodyIsAsked) {
  const auto channel = make_smtp_channel({.host = "mail.test", .from = "carillon@example.org"}).value();
  for (const std::string& to :
       {std::string{}, std::string{"nobody"}, std::string{"a@b\r\nBcc: c@d"}, std::string{"a@b> SIZE=1"}, std::string{"a b@c"}}) {
    const auto delivery = channel->deliver(example(to));
    EXPECT_EQ(delivery.outcome, Outcome::refused) << to;
    EXPECT_THAT(delivery.detail, HasSubstr("isn't an email address"));
  }
}

TEST(Smtp, SettingsThatCannotBeRightAreRefused) {
  EXPECT_EQ(make_smtp_channel({.host = "", .from = "a@b"}).error().field, "notify.smtp.host");
  EXPECT_EQ(make_smtp_channel({.host = "mail.test/x", .from = "a@b"}).error().field, "notify.smtp.host");
  EXPECT_EQ(make_smtp_channel({.host = "mail.test", .from = "carillon"}).error().field, "notify.smtp.from");
}

}  // namespace
}  // namespace carillon::notify
