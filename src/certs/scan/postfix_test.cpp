// What Postfix is told in its own words comes out as names, ports and files.

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

Configuration read(FakeFiles files) {
  auto configuration = read_postfix("/etc/postfix/main.cf", files).value();
  for (auto& site : configuration.sites) site.place.clear();
  return configuration;
}

Configuration read(const std::string& main, const std::string& master) {
  FakeFiles files;
  files.content["/etc/postfix/main.cf"] = main;
  files.content["/etc/postfix/master.cf"] = master;
  return read(files);
}

TEST(Postfix, ValuesGoOnOverLinesAndVariablesAreReplaced) {
  FakeFiles files;
  files.content["/etc/postfix/main.cf"] =
      "# main\nmydomain = example.org\nmyhostname = mail.$mydomain\nsmtpd_tls_security_level = may\n"
      "smtpd_tls_chain_files = ${config_directory}/a.pem,\n   /etc/tls/b.pem\n# c\n   /etc/tls/c.pem\nsmtpd_tls_cert_file = none\n";
  const auto found = read(files);
  ASSERT_THAT(found.sites, SizeIs(1));
  EXPECT_EQ(found.sites[0],
            (Site{{"mail.example.org"}, {25}, {"/etc/postfix/a.pem", "/etc/tls/b.pem", "/etc/tls/c.pem"}, {}, StartTls::smtp}));
  EXPECT_THAT(found.remarks, ElementsAre(HasSubstr("master.cf was not read")));
  files.content["/etc/postfix/main.cf"] = "myhostname = mail.example.org\n";
  EXPECT_THAT(read(files).sites, IsEmpty());
}

TEST(Postfix, VariablesOfVariablesComeToAnEnd) {
  FakeFiles files;
  files.content["/etc/postfix/main.cf"] = "a = $a$a$a$a$a$a$a$a$a$a\nsmtpd_tls_security_level = may\nsmtpd_tls_cert_file = x$a.pem\n";
  EXPECT_EQ(read(files).sites.at(0).certificates, std::vector<std::string>{"/etc/postfix/x.pem"});
}

TEST(Postfix, ConditionsInValuesAreFollowed) {
  FakeFiles files;
  files.content["/etc/postfix/main.cf"] =
      "x = 1\nsmtpd_tls_security_level = ${x?may}${x:none}\nsmtpd_tls_cert_file = ${y?no}${y:/etc/yes}.pem\n";
  EXPECT_EQ(read(files).sites.at(0).certificates, std::vector<std::string>{"/etc/yes.pem"});
}

TEST(Postfix, EveryServiceOfMasterCfIsFound) {
  const auto found = read("myhostname = mx.example.org\nsmtpd_tls_cert_file = /etc/tls/mx.pem\nsmtpd_tls_security_level = may\n", R"(
# service type  private unpriv  chroot  wakeup  maxproc command + args
smtp      inet  n       -       y       -       1       postscreen
smtpd     pass  -       -       y       -       -       smtpd
tlsproxy  unix  -       -       y       -       0       tlsproxy
submission inet n       -       y       -       -       smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o { smtpd_tls_cert_file = /etc/tls/submission.pem }
smtps     inet  n       -       y       -       -       smtpd
  -o smtpd_tls_wrappermode=yes
  -o myhostname=smtp.example.org
127.0.0.1:10025 inet n  -       y       -       -       smtpd -o smtpd_tls_security_level=none
[::1]:10026 inet n      -       y       -       -       smtpd
192.0.2.7:2525 inet n   -       y       -       -       smtpd
gopher    inet  n       -       y       -       -       smtpd
pickup    unix  n       -       y       60      1       pickup
policy    unix  -       n       n       -       0       spawn argv=/usr/bin/policyd
)");
  ASSERT_THAT(found.sites, SizeIs(5));
  EXPECT_EQ(found.sites[0], (Site{{"mx.example.org"}, {25}, {"/etc/tls/mx.pem"}, {}, StartTls::smtp}));
  EXPECT_EQ(found.sites[1], (Site{{"mx.example.org"}, {587}, {"/etc/tls/submission.pem"}, {}, StartTls::smtp}));
  EXPECT_EQ(found.sites[2], (Site{{"smtp.example.org"}, {465}, {"/etc/tls/mx.pem"}, {}}));
  EXPECT_THAT(found.sites[3].local, ElementsAre(LocalListener{"::1", 10026}));
  EXPECT_EQ(found.sites[4], (Site{{"mx.example.org"}, {2525}, {"/etc/tls/mx.pem"}, {}, StartTls::smtp}));
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("master.cf:16: the service “gopher”")));
}

TEST(Postfix, CertificatesThatNoServiceOffersAreReadAndMentioned) {
  const auto found = read("smtpd_tls_cert_file = /etc/tls/mx.pem\n", "smtp inet n - y - - smtpd\n");
  ASSERT_THAT(found.sites, SizeIs(1));
  EXPECT_EQ(found.sites[0], (Site{{}, {}, {"/etc/tls/mx.pem"}, {}}));
  EXPECT_THAT(found.remarks, ElementsAre(HasSubstr("smtpd_tls_security_level isn't set")));
}

TEST(Postfix, MayListenOnLoopbackAlone) {
  for (const auto* interfaces : {"loopback-only", "127.0.0.1, [::1]", "localhost"}) {
    FakeFiles files;
    files.content["/etc/postfix/main.cf"] =
        "myhostname = mx.example.org\nsmtpd_tls_security_level = may\ninet_interfaces = " + std::string(interfaces);
    files.content["/etc/postfix/master.cf"] = "smtp inet n - y - - smtpd\n192.0.2.7:26 inet n - y - - smtpd\n";
    const auto found = read_postfix("/etc/postfix/master.cf", files).value();
    ASSERT_THAT(found.sites, SizeIs(2));
    EXPECT_THAT(found.sites[0].local, ElementsAre(LocalListener{"127.0.0.1", 25})) << interfaces;
    EXPECT_THAT(found.sites[1].ports, ElementsAre(26));
  }
}

TEST(Postfix, TablesOfCertificatesByNameAreRead) {
  FakeFiles files;
  files.content["/etc/postfix/main.cf"] =
      "myhostname = mx.example.org\nsmtpd_tls_security_level = may\nsmtpd_tls_chain_files = /etc/tls/mx.key, /etc/tls/mx.pem\n"
      "tls_server_sni_maps = proxy:hash:/etc/postfix/sni, pcre:${config_directory}/sni.pcre, hash:/etc/postfix/gone, "
      "mysql:/etc/postfix/sni.cf\n";
  files.content["/etc/postfix/master.cf"] = "465 inet n - y - - smtpd -o smtpd_tls_wrappermode=yes\n";
  files.content["/etc/postfix/sni"] =
      "# names\nmail.a.example.org /etc/tls/a.key, /etc/tls/a.pem\n.b.example.org\t/etc/tls/b.key\n  /etc/tls/b.pem\n";
  files.content["/etc/postfix/sni.pcre"] = "/^mail\\.c\\d\\.example\\.org$/ /etc/tls/c.pem\n";
  const auto found = read(files);
  ASSERT_THAT(found.sites, SizeIs(4));
  EXPECT_EQ(found.sites[0], (Site{{"mail.a.example.org"}, {465}, {"/etc/tls/a.key", "/etc/tls/a.pem"}, {}}));
  EXPECT_THAT(found.sites[1].names, ElementsAre("b.example.org"));
  EXPECT_THAT(found.sites[1].certificates, ElementsAre("/etc/tls/b.key", "/etc/tls/b.pem"));
  EXPECT_THAT(found.sites[2].patterns, ElementsAre("/^mail\\.c\\d\\.example\\.org$/"));
  EXPECT_EQ(found.sites[3], (Site{{"mx.example.org"}, {465}, {"/etc/tls/mx.key", "/etc/tls/mx.pem"}, {}}));
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("/etc/postfix/gone was not read, because it doesn't exist"),
                                          HasSubstr("the table “mysql:/etc/postfix/sni.cf” was not read")));
}

TEST(Postfix, FurtherInstancesAreRead) {
  FakeFiles files;
  files.content["/etc/postfix/main.cf"] = "multi_instance_directories = /etc/postfix-out, /etc/postfix-gone\n";
  files.content["/etc/postfix/master.cf"] = "";
  files.content["/etc/postfix-out/main.cf"] = "myhostname = out.example.org\nsmtpd_tls_security_level = may\nsmtpd_tls_cert_file = o.pem\n";
  files.content["/etc/postfix-out/master.cf"] = "2525 inet n - y - - smtpd\n";
  const auto found = read(files);
  ASSERT_THAT(found.sites, SizeIs(1));
  EXPECT_EQ(found.sites[0], (Site{{"out.example.org"}, {2525}, {"/etc/postfix-out/o.pem"}, {}, StartTls::smtp}));
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("/etc/postfix-gone/main.cf was not read")));
}

}  // namespace
}  // namespace carillon::certs
