#include "dns/names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::dns {
namespace {

using ::testing::HasSubstr;

TEST(Names, AreOneValueHoweverTheyAreWritten) {
  for (const auto* text : {"bücher.example", "BÜCHER.example", "B\u00dcCHER.EXAMPLE", "bu\u0308cher.example", "bücher\u3002example",
                           "xn--bcher-kva.example", "XN--BCHER-KVA.Example"})
    EXPECT_EQ(to_ascii(text).value(), "xn--bcher-kva.example") << text;
  EXPECT_EQ(to_ascii("Podcast.Example.ORG.").value(), "podcast.example.org.");
  EXPECT_EQ(to_ascii("faß.example").value(), "xn--fa-hia.example");
  for (const std::string_view text :
       {std::string_view{"xn--a.example"}, std::string_view{"xn--\0.example", 13}, std::string_view{"\xff.example"}})
    EXPECT_FALSE(to_ascii(text)) << text;
}

TEST(HostNames, AreOneValueHoweverAPersonWritesThem) {
  for (const auto* written : {"www.example.org", "WWW.Example.ORG", "www.example.org.", "  www.example.org\t", "Www.Example.Org. "})
    EXPECT_EQ(host_name(written), "www.example.org") << written;
  EXPECT_EQ(host_name("Bücher.example."), "xn--bcher-kva.example");
  EXPECT_EQ(host_name("xn--bcher-kva.example"), "xn--bcher-kva.example");
  EXPECT_EQ(host_name("_dmarc.example.org"), "_dmarc.example.org");
  EXPECT_EQ(host_name("192.0.2.7"), "192.0.2.7");
  for (const auto* written : {"2001:DB8::1", "2001:db8:0:0:0:0:0:1", "2001:db8::0001", "[2001:db8::1]"})
    EXPECT_EQ(host_name(written), "2001:db8::1") << written;
  EXPECT_FALSE(host_name("[2001:db8::1"));
  EXPECT_FALSE(host_name("[]"));
  EXPECT_EQ(host_name("localhost"), "localhost");
}

TEST(HostNames, SayWhatToWriteInstead) {
  const auto said = [](const char* written) {
    const auto name = host_name(written);
    EXPECT_FALSE(name) << written;
    return name ? std::string{} : name.error().message;
  };
  EXPECT_THAT(said("https://WWW.example.org/shows?x"), HasSubstr("enter only the host name: www.example.org."));
  EXPECT_THAT(said("www.example.org/feed"), HasSubstr("enter only the host name: www.example.org."));
  EXPECT_THAT(said("www.example.org:8443"), HasSubstr("enter only the host name: www.example.org."));
  EXPECT_THAT(said("*.example.org"), HasSubstr("wildcard"));
  for (const auto* written : {"", " ", ".", "..", "a..example.org", ".example.org", "-a.example.org", "a b.example.org", "a@example.org",
                              "ex\x01mple", "https://", "http:///x", "https://https://https://", "xn--\xff"})
    EXPECT_THAT(said(written), HasSubstr("host name")) << written;
  for (const auto* written : {"192.0.2.07", "127.1", "0x7f.1", "2130706433", "0x7F000001", "1.2.3.4.5", "192.0.2.7.", "example.0x1f",
                              "www.007", "１２７.0.0.1", "256.0.0.1"})
    EXPECT_THAT(said(written), HasSubstr("the last part of a host name can't be a number; write an address like 192.0.2.7")) << written;
  for (const auto* good : {"7.example.org", "x7.0x7g", "a.7b", "0x.example", "3com"}) EXPECT_EQ(host_name(good), good);
  EXPECT_FALSE(host_name(std::string(64, 'a') + ".example.org"));
  EXPECT_FALSE(host_name(std::string(300, 'a')));
}

TEST(Names, KnowPublicSuffixes) {
  for (const auto* name : {"org", "co.uk", "github.io", "xn--p1ai"}) EXPECT_TRUE(is_public_suffix(name)) << name;
  for (const auto* name : {"example.org", "example.co.uk", "carillon.github.io", "harbour.test"})
    EXPECT_FALSE(is_public_suffix(name)) << name;
}

TEST(Names, OfCertificatesMayBeWildcards) {
  EXPECT_EQ(certificate_name("*.Example.ORG."), "*.example.org");
  EXPECT_EQ(certificate_name(" *.bücher.example "), "*.xn--bcher-kva.example");
  EXPECT_EQ(certificate_name("www.example.org"), "www.example.org");
  EXPECT_EQ(certificate_name("192.0.2.1"), "192.0.2.1");
  for (const auto* wrong : {"*", "*.", "*.org", "*.co.uk", "*.github.io", "*.*.example.org", "a.*.example.org", "*a.example.org",
                            "*.192.0.2.1", "*.example.org:443", "https://*.example.org/"}) {
    EXPECT_FALSE(certificate_name(wrong)) << wrong;
  }
  for (const auto* nobody : {"0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "[::]", "ff02::1",
                             "::ffff:0.0.0.0", "::ffff:255.255.255.255"}) {
    const auto refused = certificate_name(nobody);
    ASSERT_FALSE(refused) << nobody;
    EXPECT_THAT(refused.error().message, HasSubstr("isn't the address of a host")) << nobody;
  }
  for (const auto* good : {"1.1.1.1", "127.0.0.1", "10.0.0.1", "223.255.255.255", "::1", "fd00::1", "fe80::1"})
    EXPECT_EQ(certificate_name(good), good);
  EXPECT_FALSE(certificate_name("*." + std::string(60, 'a') + "." + std::string(60, 'b') + "." + std::string(60, 'c') + "." +
                                std::string(63, 'd') + ".example.org"));
}

}  // namespace
}  // namespace carillon::dns
