// What Apache is told in its own words comes out as names, ports and files.

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
  files.content["/etc/apache2/apache2.conf"] = text;
  auto configuration = read_apache("/etc/apache2/apache2.conf", files).value();
  for (auto& site : configuration.sites) site.place.clear();
  return configuration;
}

TEST(Apache, VirtualHostsDefinitionsAndIncludesAreRead) {
  FakeFiles files;
  files.content["/etc/apache2/sites-enabled/a.conf"] = R"(
# SSLCertificateFile /not/this.pem
<VirtualHost *:443 [::]:8443>
  ServerName https://a.example.org:443
  ServerAlias www.a.example.org *.a.example.org \
    b.example.org
  sslcertificatefile ${TLS}/a.pem
  SSLCertificateChainFile chain.pem
</VirtualHost>
<VirtualHost *:80>
  ServerName plain.example.org
</VirtualHost>)";
  files.content["/etc/apache2/extra/b.conf"] = "SSLCertificateFile ${TLS}/main.pem\nServerName main.example.org\n";
  const auto found = read(
      "ServerRoot \"/etc/apache2\"\nDefine TLS /etc/tls\nListen 8443 https\nIncludeOptional sites-enabled/*.conf\nInclude extra\n", files);
  ASSERT_THAT(found.sites, SizeIs(2));
  EXPECT_EQ(found.sites[0], (Site{.names = {"a.example.org", "www.a.example.org", "b.example.org"},
                                  .ports = {443, 8443},
                                  .certificates = {"/etc/tls/a.pem", "/etc/apache2/chain.pem"},
                                  .folders = {},
                                  .patterns = {"*.a.example.org"}}));
  EXPECT_EQ(found.sites[1], (Site{{"main.example.org"}, {8443}, {"/etc/tls/main.pem"}, {}}));
  EXPECT_THAT(found.problems, IsEmpty());
}

TEST(Apache, VirtualHostsInheritFromTheMainServer) {
  const auto found = read(R"(
Listen 443
Listen 8443
Listen 80
ServerName main.example.org
SSLCertificateFile /etc/tls/wildcard.pem
<VirtualHost *:443>
  SSLEngine on
  ServerName a.example.org
</VirtualHost>
<VirtualHost *:8443>
  SSLEngine on
</VirtualHost>
<VirtualHost 192.0.2.7>
  ServerName all.example.org
</VirtualHost>
<VirtualHost _default_:443>
  ServerName off.example.org
  SSLEngine off
</VirtualHost>
<VirtualHost 127.0.0.1:443>
  ServerName local.example.org
</VirtualHost>)");
  ASSERT_THAT(found.sites, SizeIs(5));
  EXPECT_EQ(found.sites[0], (Site{{"a.example.org"}, {443}, {"/etc/tls/wildcard.pem"}, {}}));
  EXPECT_EQ(found.sites[1], (Site{{"main.example.org"}, {8443}, {"/etc/tls/wildcard.pem"}, {}})) << "its name is the main server's";
  EXPECT_EQ(found.sites[2], (Site{{"all.example.org"}, {443}, {"/etc/tls/wildcard.pem"}, {}})) << "https is the protocol of port 443";
  EXPECT_THAT(found.sites[3].local, ElementsAre(LocalListener{"127.0.0.1", 443}));
}

TEST(Apache, ListensOnLoopbackAloneForEveryHost) {
  const auto found = read(
      "Listen 127.0.0.1:8443 https\nListen [::1]:8443 https\nListen 127.0.0.1:9443 https\nListen 9443 https\nListen 192.0.2.7\n"
      "<VirtualHost *:8443 *:9443>\nServerName a.example.org\nSSLEngine on\n</VirtualHost>\n");
  ASSERT_THAT(found.sites, SizeIs(1));
  EXPECT_THAT(found.sites[0].local, ElementsAre(LocalListener{"127.0.0.1", 8443}, LocalListener{"::1", 8443}));
  EXPECT_THAT(found.sites[0].ports, ElementsAre(9443));
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("“Listen 192.0.2.7” was not read")));
}

TEST(Apache, ManagedDomainsAreLookedAt) {
  FakeFiles files;
  files.content["/etc/apache2/md/domains/a.example.org/pubcert.pem"] = "";
  const auto found = read(R"(
Listen 443
MDomain a.example.org www.a.example.org auto
<MDomainSet b.example.org>
  MDMember c.example.org
</MDomainSet>
<VirtualHost *:443>
  ServerName a.example.org
  ServerAlias www.a.example.org
  SSLEngine on
</VirtualHost>)",
                          files);
  ASSERT_THAT(found.sites, SizeIs(2));
  EXPECT_EQ(found.sites[0], (Site{{"a.example.org", "www.a.example.org"}, {443}, {}, {}}));
  EXPECT_EQ(found.sites[1], (Site{{"b.example.org", "c.example.org"}, {443}, {"/etc/apache2/md/domains/a.example.org/pubcert.pem"}, {}}));
}

TEST(Apache, MacrosAreExpanded) {
  const auto found = read(R"(
Listen 443
<Macro Certificate $name>
  SSLCertificateFile /etc/letsencrypt/live/$name/fullchain.pem
</Macro>
<Macro VHost $host $h ${port}>
  <VirtualHost *:${port}>
    ServerName $host
    ServerAlias $h.example.org
    SSLEngine on
    Use Certificate $host
  </VirtualHost>
</Macro>
Use VHost a.example.org x 443
Use vhost b.example.org y 8443
UndefMacro VHost
Use Gone c.example.org
)");
  ASSERT_THAT(found.sites, SizeIs(2));
  EXPECT_EQ(found.sites[0], (Site{{"a.example.org", "x.example.org"}, {443}, {"/etc/letsencrypt/live/a.example.org/fullchain.pem"}, {}}));
  EXPECT_EQ(found.sites[1], (Site{{"b.example.org", "y.example.org"}, {8443}, {"/etc/letsencrypt/live/b.example.org/fullchain.pem"}, {}}));
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("apache2.conf:17: the macro “Gone” was not read")));
}

TEST(Apache, MacrosThatUseThemselvesComeToAnEnd) {
  EXPECT_THAT(read("<Macro A $x>\nUse A $x\nUse A $x\n</Macro>\nUse A 1\n").problems, ElementsAre(HasSubstr("too deeply")));
}

TEST(Apache, VariablesComeFromEnvvarsOrAreMissing) {
  FakeFiles files;
  files.content["/etc/apache2/envvars"] = "# Debian\nunset HOME\nexport TLS_FOLDER=/etc/tls$SUFFIX\n";
  const auto found = read(
      "Listen 443\n<VirtualHost *:443>\nServerName a.example.org\nErrorLog ${APACHE_LOG_DIR}/x\nSSLCertificateFile ${TLS_FOLDER}/a.pem\n"
      "SSLCertificateFile ${UNKNOWN}/b.pem\n</VirtualHost>\n",
      files);
  ASSERT_THAT(found.sites, SizeIs(1));
  EXPECT_THAT(found.sites[0].certificates, ElementsAre("/etc/tls/a.pem"));
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("apache2.conf:6: “${UNKNOWN}/b.pem” was not read, because the variable UNKNOWN")));
}

TEST(Apache, WhatIsIncludedAndMissingIsAProblem) {
  const auto found = read("Include gone.conf\nIncludeOptional none.conf\nInclude sites/*.conf\nListen https\n");
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("/etc/apache2/gone.conf was not read, because it doesn't exist"),
                                          HasSubstr("sites/*.conf was not read, because nothing matches it"), HasSubstr("Listen https")));
}

TEST(Apache, AFragmentIsRelativeToItsServer) {
  FakeFiles files;
  files.content["/etc/httpd/conf/httpd.conf"] = "";
  files.content["/etc/httpd/conf.d/ssl.conf"] =
      "Listen 443 https\n<VirtualHost _default_:443>\nServerName a.example.org\nSSLEngine on\n"
      "SSLCertificateFile tls/a.pem\n</VirtualHost>\n";
  const auto found = read_apache("/etc/httpd/conf.d/ssl.conf", files).value();
  ASSERT_THAT(found.sites, SizeIs(1));
  EXPECT_THAT(found.sites[0].certificates, ElementsAre("/etc/httpd/tls/a.pem"));
}

TEST(Apache, OtherModulesForTlsCount) {
  const auto found = read(R"(
<VirtualHost *:9443>
  ServerName g.example.org
  GnuTLSEnable on
  GnuTLSCertificateFile /etc/tls/g.pem
</VirtualHost>
<VirtualHost *:9444>
  ServerName n.example.org
  NSSEngine on
</VirtualHost>
<VirtualHost *:9445>
  ServerName p.example.org
  SSLEngine on
  SSLCertificateFile "pkcs11:token=x;object=y"
</VirtualHost>)");
  ASSERT_THAT(found.sites, SizeIs(3));
  EXPECT_EQ(found.sites[0], (Site{{"g.example.org"}, {9443}, {"/etc/tls/g.pem"}, {}}));
  EXPECT_EQ(found.sites[1], (Site{{"n.example.org"}, {9444}, {}, {}}));
  EXPECT_EQ(found.sites[2], (Site{{"p.example.org"}, {9445}, {}, {}}));
  EXPECT_THAT(found.remarks, ElementsAre(HasSubstr("is on a hardware token")));
}

}  // namespace
}  // namespace carillon::certs
