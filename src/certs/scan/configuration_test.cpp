// What four servers say in their own words comes out as names, ports and files.

#include "certs/scan/configuration.hpp"

#include <fnmatch.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace carillon::certs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FakeFiles final : public Files {
 public:
  std::map<std::string, std::string> content;
  [[nodiscard]] Kind kind_of(const std::string& path) const override {
    if (content.contains(path)) return Kind::file;
    const auto below_it = content.lower_bound(path + "/");
    return below_it != content.end() && below_it->first.starts_with(path + "/") ? Kind::folder : Kind::none;
  }
  [[nodiscard]] Result<std::string> read(const std::string& path) const override {
    const auto found = content.find(path);
    if (found == content.end()) return fail(ErrorKind::not_found, "open " + path + ": No such file or directory");
    return found->second;
  }
  [[nodiscard]] std::vector<std::string> matching(const std::string& pattern) const override {
    std::vector<std::string> paths;
    for (const auto& [path, text] : content) {
      if (::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0) paths.push_back(path);
    }
    return paths;
  }
  [[nodiscard]] std::vector<std::string> below(const std::string& folder) const override {
    std::vector<std::string> paths;
    for (const auto& [path, text] : content) {
      if (path.starts_with(folder + "/")) paths.push_back(path);
    }
    return paths;
  }
};

TEST(Nginx, ServersInheritAndIncludesAreFollowed) {
  FakeFiles files;
  files.content["/etc/nginx/nginx.conf"] = R"(
    user www-data; # comment; with { signs }
    events { worker_connections 768; }
    http {
      ssl_certificate default.pem;
      ssl_certificate_key default.key;
      include sites/*.conf;
      include missing/*.conf;
      server { listen 80; server_name plain.example.org; return 301 https://$host$request_uri; }
    })";
  files.content["/etc/nginx/sites/a.conf"] = R"(
    server {
      listen 443 ssl http2; listen [::]:443 ssl;
      server_name A.example.org *.a.example.org ~^b(?<x>.+)$ _ "b.example.org";
      ssl_certificate "/etc/tls/a chain.pem";
      ssl_certificate /etc/tls/a-rsa.pem;
      location / { root /srv; if ($x) { return 404; } }
    })";
  files.content["/etc/nginx/sites/b.conf"] =
      "server { listen 192.0.2.7:8443 ssl; server_name c.example.org; }\nserver{listen 9443 ssl;ssl_certificate $name.pem;}";
  const auto read = read_nginx("/etc/nginx/nginx.conf", files);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->sites.size(), 3U);
  EXPECT_EQ(read->sites[0], (Site{{"a.example.org", "b.example.org"}, {443}, {"/etc/tls/a chain.pem", "/etc/tls/a-rsa.pem"}, {}}));
  EXPECT_EQ(read->sites[1], (Site{{"c.example.org"}, {8443}, {"/etc/nginx/default.pem"}, {}}));
  EXPECT_EQ(read->sites[2], (Site{{"plain.example.org"}, {}, {"/etc/nginx/default.pem"}, {}}));
  ASSERT_EQ(read->problems.size(), 1U);
  EXPECT_THAT(read->problems[0], HasSubstr("$name.pem"));
}

TEST(Nginx, AFileThatIncludesItselfComesToAnEnd) {
  FakeFiles files;
  files.content["/n/nginx.conf"] = "include nginx.conf; include nginx.conf; server { listen 443 ssl; ssl_certificate a.pem; }";
  const auto read = read_nginx("/n/nginx.conf", files);
  ASSERT_TRUE(read);
  EXPECT_GT(read->sites.size(), 0U);
  EXPECT_LE(read->sites.size(), kMaxIncluded + 1);
}

TEST(Apache, VirtualHostsDefinitionsAndIncludesAreRead) {
  FakeFiles files;
  files.content["/etc/apache2/apache2.conf"] =
      "ServerRoot \"/etc/apache2\"\nDefine TLS /etc/tls\nListen 8443 https\nIncludeOptional sites-enabled/*.conf\nInclude extra\n";
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
  files.content["/etc/apache2/extra/b.conf"] = "SSLCertificateFile ${UNKNOWN}/main.pem\nServerName main.example.org\n";
  const auto read = read_apache("/etc/apache2/apache2.conf", files);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->sites.size(), 2U);
  EXPECT_EQ(read->sites[0],
            (Site{{"a.example.org", "www.a.example.org", "b.example.org"}, {443, 8443}, {"/etc/tls/a.pem", "/etc/apache2/chain.pem"}, {}}));
  EXPECT_EQ(read->sites[1].names, std::vector<std::string>{"main.example.org"});
  EXPECT_EQ(read->sites[1].ports, std::vector<std::uint16_t>{8443});
}

TEST(Haproxy, BindsNameFilesFoldersAndLists) {
  FakeFiles files;
  files.content["/etc/haproxy/haproxy.cfg"] = R"(
global
  crt-base /etc/haproxy/certs
frontend www
  bind :443,[::]:8443 ssl crt site.pem crt all alpn h2 # crt not-this.pem
  bind *:80
  bind 192.0.2.7:9443 ssl crt-list list.txt
  bind :1443 ssl crt @store/x
)";
  files.content["/etc/haproxy/list.txt"] = "# list\na.pem [alpn h2 verify none] a.example.org !b.example.org *.c.example.org\nb.pem\n";
  files.content["/etc/haproxy/certs/all/x.pem"] = "";
  const auto read = read_haproxy("/etc/haproxy/haproxy.cfg", files);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->sites.size(), 2U);
  EXPECT_EQ(read->sites[0], (Site{{}, {443, 8443}, {"/etc/haproxy/certs/site.pem"}, {"/etc/haproxy/certs/all"}}));
  EXPECT_EQ(read->sites[1], (Site{{"a.example.org"}, {9443}, {"/etc/haproxy/certs/a.pem", "/etc/haproxy/certs/b.pem"}, {}}));
  EXPECT_THAT(read->problems, ElementsAre(HasSubstr("@store/x")));
}

TEST(Postfix, ValuesGoOnOverLinesAndVariablesAreReplaced) {
  FakeFiles files;
  files.content["/etc/postfix/main.cf"] =
      "# main\nmydomain = example.org\nmyhostname = mail.$mydomain\nsmtpd_tls_chain_files = ${config_directory}/a.pem,\n   "
      "/etc/tls/b.pem\n# c\n   /etc/tls/c.pem\n"
      "smtpd_tls_cert_file = none\n";
  const auto read = read_postfix("/etc/postfix/main.cf", files);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->sites.size(), 1U);
  EXPECT_EQ(read->sites[0],
            (Site{{"mail.example.org"}, {25}, {"/etc/postfix/a.pem", "/etc/tls/b.pem", "/etc/tls/c.pem"}, {}, StartTls::smtp}));
  files.content["/etc/postfix/main.cf"] = "myhostname = mail.example.org\n";
  EXPECT_THAT(read_postfix("/etc/postfix/main.cf", files)->sites, IsEmpty());
}

TEST(Postfix, VariablesOfVariablesComeToAnEnd) {
  FakeFiles files;
  files.content["main.cf"] = "a = $a$a$a$a$a$a$a$a$a$a\nsmtpd_tls_cert_file = x$a.pem\n";
  EXPECT_EQ(read_postfix("main.cf", files)->sites.at(0).certificates, std::vector<std::string>{"./x.pem"});
}

TEST(Configurations, AreRecognisedByNameOrContent) {
  EXPECT_EQ(recognised("/etc/nginx/nginx.conf", ""), ServerKind::nginx);
  EXPECT_EQ(recognised("/x/main.cf", ""), ServerKind::postfix);
  EXPECT_EQ(recognised("a.conf", "server { ssl_certificate x; }"), ServerKind::nginx);
  EXPECT_EQ(recognised("a.conf", "SSLCertificateFile x"), ServerKind::apache);
  EXPECT_EQ(recognised("a.cfg", "  bind :443 ssl crt /x.pem"), ServerKind::haproxy);
  EXPECT_EQ(recognised("a.txt", "hello"), std::nullopt);
}

TEST(Configurations, ThatCannotBeReadFail) {
  const FakeFiles files;
  for (const auto kind : {ServerKind::nginx, ServerKind::apache, ServerKind::haproxy, ServerKind::postfix})
    EXPECT_EQ(read_configuration(kind, "/nowhere", files).error().kind, ErrorKind::not_found);
}

TEST(WordsOfALine, KeepQuotedBlanksTogether) {
  EXPECT_THAT(words_of(R"(a "b c" 'd "e' "f\"g" h#i # j)"), ElementsAre("a", "b c", "d \"e", "f\"g", "h#i"));
}

}  // namespace
}  // namespace carillon::certs
