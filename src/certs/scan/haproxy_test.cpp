// What HAProxy is told in its own words comes out as names, ports and files.

#include "certs/scan/configuration.hpp"
#include "certs/scan/testing/fake_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using ::testing::ElementsAre;
using testing::FakeFiles;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Configuration read(const std::string& text, FakeFiles files = {}) {
  files.content["/etc/haproxy/haproxy.cfg"] = text;
  auto configuration = read_haproxy("/etc/haproxy/haproxy.cfg", files).value();
  for (auto& site : configuration.sites) site.place.clear();
  return configuration;
}

TEST(Haproxy, BindsNameFilesFoldersAndLists) {
  FakeFiles files;
  files.content["/etc/haproxy/list.txt"] =
      "# list\na.pem [alpn h2 verify none] a.example.org !b.example.org *.c.example.org\nb.pem\nsub/d.pem [ssl-min-ver TLSv1.2] "
      "d.example.org\n";
  files.content["/etc/haproxy/certs/all/x.pem"] = "";
  const auto found = read(R"(
global
  crt-base /etc/haproxy/certs
frontend www
  bind :443,[::]:8443 ssl crt site.pem crt all alpn h2 # crt not-this.pem
  bind *:80
  bind 192.0.2.7:9443 ssl crt-list list.txt
)",
                          files);
  ASSERT_THAT(found.sites, SizeIs(4));
  EXPECT_EQ(found.sites[0], (Site{{}, {443, 8443}, {"/etc/haproxy/certs/site.pem"}, {"/etc/haproxy/certs/all"}}));
  EXPECT_EQ(found.sites[1], (Site{.names = {"a.example.org"},
                                  .ports = {9443},
                                  .certificates = {"/etc/haproxy/certs/a.pem"},
                                  .folders = {},
                                  .patterns = {"*.c.example.org"}}));
  EXPECT_EQ(found.sites[2], (Site{{}, {9443}, {"/etc/haproxy/certs/b.pem"}, {}})) << "its certificate's names count";
  EXPECT_EQ(found.sites[3], (Site{{"d.example.org"}, {9443}, {"/etc/haproxy/certs/sub/d.pem"}, {}}));
  EXPECT_THAT(found.problems, IsEmpty());
}

TEST(Haproxy, AddressesHaveManyForms) {
  const auto found = read(R"(
frontend www
  bind :::443 v4v6 ssl crt /a.pem
  bind ipv6@:444 ssl crt /a.pem
  bind ipv4@*:445,ipv6@[::]:446 ssl crt /a.pem
  bind 192.0.2.7:8000-8002 ssl crt /a.pem
  bind ipv6@::1:447 ssl crt /a.pem
  bind 127.0.0.1:448 accept-proxy ssl crt /a.pem
  bind quic4@:443 ssl crt /a.pem
  bind unix@/run/h.sock ssl crt /a.pem
  bind /run/i.sock ssl crt /a.pem
  bind abns@x ssl crt /a.pem
  bind :none ssl crt /a.pem
  bind :80 crt /a.pem
)");
  ASSERT_THAT(found.sites, SizeIs(12));
  EXPECT_THAT(found.sites[0].ports, ElementsAre(443));
  EXPECT_THAT(found.sites[1].ports, ElementsAre(444));
  EXPECT_THAT(found.sites[2].ports, ElementsAre(445, 446));
  EXPECT_THAT(found.sites[3].ports, ElementsAre(8000, 8001, 8002));
  EXPECT_THAT(found.sites[4].local, ElementsAre(LocalListener{"::1", 447}));
  EXPECT_THAT(found.sites[5].local, ElementsAre(LocalListener{"127.0.0.1", 448}));
  for (std::size_t i = 6; i < 12; ++i) {
    EXPECT_THAT(found.sites[i].ports, IsEmpty()) << i;
    EXPECT_THAT(found.sites[i].certificates, ElementsAre("/a.pem")) << "the file is read all the same";
  }
  EXPECT_THAT(found.remarks, SizeIs(4));
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("haproxy.cfg:13: the address “:none”")));
}

TEST(Haproxy, VariablesComeFromTheConfigurationOrTheEnvironment) {
  FakeFiles files;
  files.variables["PORT"] = "8443";
  files.variables["SET"] = "environment";
  const auto found = read(R"(
global
  setenv CERTS /etc/tls
  presetenv SET ignored
frontend www
  bind :${PORT} ssl crt "${CERTS}/a.pem"
  bind :${OTHER-9443} ssl crt ${CERTS}/${SET}.pem
  bind :443 ssl crt ${UNKNOWN}/b.pem
)",
                          files);
  ASSERT_THAT(found.sites, SizeIs(3));
  EXPECT_EQ(found.sites[0], (Site{{}, {8443}, {"/etc/tls/a.pem"}, {}}));
  EXPECT_EQ(found.sites[1], (Site{{}, {9443}, {"/etc/tls/environment.pem"}, {}}));
  EXPECT_EQ(found.sites[2], (Site{{}, {443}, {}, {}}));
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("the variable UNKNOWN isn't set here")));
}

TEST(Haproxy, StoresBundlesAndSharedCertificatesAreFound) {
  FakeFiles files;
  files.content["/etc/haproxy/dual.pem.rsa"] = "";
  files.content["/etc/haproxy/dual.pem.ecdsa"] = "";
  const auto found = read(R"(
crt-store web
  crt-base /etc/tls
  load crt site.pem alias main key site.key
  load crt other.pem acme letsencrypt domains "o.example.org"
frontend a
  bind :443 ssl crt @web/main crt "@web/other.pem"
  bind :444 ssl crt dual.pem
  bind :445 ssl crt @none/x
frontend b
  bind :446 ssl
  ssl-f-use crt shared.pem
frontend c
  bind :447 ssl
)",
                          files);
  ASSERT_THAT(found.sites, SizeIs(5));
  EXPECT_THAT(found.sites[0].certificates, ElementsAre("/etc/tls/site.pem", "/etc/tls/other.pem"));
  EXPECT_THAT(found.sites[1].certificates, ElementsAre("/etc/haproxy/dual.pem.rsa", "/etc/haproxy/dual.pem.ecdsa"));
  EXPECT_EQ(found.sites[3], (Site{{}, {446}, {"/etc/haproxy/shared.pem"}, {}}));
  EXPECT_EQ(found.sites[4], (Site{{}, {447}, {}, {}}));
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("“@none/x” was not read")));
}

TEST(Haproxy, ConfDIsReadWithTheMainFile) {
  FakeFiles files;
  files.content["/etc/haproxy/conf.d/10-www.cfg"] = "frontend www\n bind :443 ssl crt a.pem\n";
  files.content["/etc/haproxy/conf.d/note.txt"] = "frontend www\n bind :444 ssl crt a.pem\n";
  const auto found = read("global\n crt-base /etc/tls\n", files);
  ASSERT_THAT(found.sites, SizeIs(1));
  EXPECT_EQ(found.sites[0], (Site{{}, {443}, {"/etc/tls/a.pem"}, {}}));
}

TEST(Haproxy, AMissingListIsAProblem) {
  EXPECT_THAT(read("frontend x\n bind :443 ssl crt-list gone.txt\n").problems,
              ElementsAre("/etc/haproxy/haproxy.cfg:2: /etc/haproxy/gone.txt was not read, because it doesn't exist."));
}

}  // namespace
}  // namespace carillon::certs
