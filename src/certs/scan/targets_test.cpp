#include "certs/scan/targets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace carillon::certs {
namespace {

using ::testing::ElementsAre;

constexpr std::array<std::uint16_t, 2> kPorts{443, 8443};

std::vector<std::string> texts(std::string_view target) {
  const auto parsed = parse_target(target, kPorts);
  EXPECT_TRUE(parsed) << target << ": " << parsed.error().message;
  std::vector<std::string> result;
  for (const auto& one : parsed.value_or(std::vector<Target>{})) result.push_back(one.text());
  return result;
}

TEST(Targets, AreNamesAndAddressesWithTheirPortsOrTheUsualOnes) {
  EXPECT_THAT(texts("WWW.example.org"), ElementsAre("www.example.org:443", "www.example.org:8443"));
  EXPECT_THAT(texts("mail.example.org:993"), ElementsAre("mail.example.org:993"));
  EXPECT_THAT(texts(" 192.0.2.7:443,444 "), ElementsAre("192.0.2.7:443", "192.0.2.7:444"));
  EXPECT_THAT(texts("[2001:db8::1]:443"), ElementsAre("[2001:db8::1]:443"));
  EXPECT_THAT(texts("www.example.org."), ElementsAre("www.example.org:443", "www.example.org:8443"));
  EXPECT_THAT(texts("https://Www.example.org./shows?page=2"), ElementsAre("www.example.org:443", "www.example.org:8443"));
  EXPECT_THAT(texts("https://www.example.org:8444"), ElementsAre("www.example.org:8444"));
  EXPECT_THAT(texts("bücher.example:443"), ElementsAre("xn--bcher-kva.example:443"));
  EXPECT_THAT(texts("2001:db8::1"), ElementsAre("[2001:db8::1]:443", "[2001:db8::1]:8443"));
}

TEST(Targets, RangesAreEveryAddressInThem) {
  EXPECT_THAT(texts("192.0.2.6/31:443"), ElementsAre("192.0.2.6:443", "192.0.2.7:443"));
  EXPECT_THAT(texts("192.0.2.7/31:443"), ElementsAre("192.0.2.6:443", "192.0.2.7:443")) << "the bits behind the length do not matter";
  EXPECT_THAT(texts("[2001:db8::/127]:1"), ElementsAre("[2001:db8::]:1", "[2001:db8::1]:1"));
  EXPECT_THAT(texts("192.0.2.1/32"), ElementsAre("192.0.2.1:443", "192.0.2.1:8443"));
  EXPECT_EQ(texts("10.1.0.0/16:443").size(), kMaxAddressesInRange);
  EXPECT_EQ(texts("10.1.0.0/16:443").back(), "10.1.255.255:443");
  EXPECT_EQ(parse_target("10.0.0.0/15", kPorts).error().kind, ErrorKind::too_large);
  EXPECT_EQ(parse_target("2001:db8::/64", kPorts).error().kind, ErrorKind::too_large);
}

TEST(Targets, PortsForMailSpeakItsProtocolFirst) {
  EXPECT_EQ(parse_target("mail.example.org:25", kPorts)->front().starttls, StartTls::smtp);
  EXPECT_EQ(parse_target("mail.example.org:143", kPorts)->front().starttls, StartTls::imap);
  EXPECT_EQ(parse_target("mail.example.org:993", kPorts)->front().starttls, StartTls::none);
}

TEST(Targets, WhatIsNoneIsRefusedWithAnExample) {
  for (const auto* text : {"", ":443", "host:", "host:0", "host:65536", "host:4x", "two words", "-x", "[::1", "[::1]443", "192.0.2.0/33",
                           "host/24", "a\nb", "192.0.2.0/", "/24"})
    EXPECT_EQ(parse_target(text, kPorts).error().kind, ErrorKind::invalid) << text;
  EXPECT_NE(parse_target("two words", kPorts).error().message.find("www.example.org"), std::string::npos);
}

TEST(Ports, AreAListWithoutRepetitions) {
  EXPECT_EQ(parse_ports("443, 8443,443"), (std::vector<std::uint16_t>{443, 8443}));
  EXPECT_EQ(parse_ports("").error().kind, ErrorKind::invalid);
  EXPECT_EQ(parse_ports("443,").error().kind, ErrorKind::invalid);
}

TEST(TargetLines, AreOneEachWithComments) {
  EXPECT_THAT(parse_target_lines("# ours\nwww.example.org:443\r\n\n  192.0.2.0/24  # the lab\n").value(),
              ElementsAre("www.example.org:443", "192.0.2.0/24"));
  const auto wrong = parse_target_lines("a\n" + std::string(kLongestTargetLine + 1, 'x'));
  EXPECT_NE(wrong.error().message.find("Line 2"), std::string::npos);
}

}  // namespace
}  // namespace carillon::certs
