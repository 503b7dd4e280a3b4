// What nginx is told in its own words comes out as names, ports and files.

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

/// One file, and what comes out without places.
Configuration read(const std::string& text, FakeFiles files = {}) {
  files.content["/etc/nginx/nginx.conf"] = text;
  auto configuration = read_nginx("/etc/nginx/nginx.conf", files).value();
  for (auto& site : configuration.sites) site.place.clear();
  return configuration;
}

TEST(Nginx, ServersInheritAndIncludesAreFollowed) {
  FakeFiles files;
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
  const auto found = read(R"(
    user www-data; # comment; with { signs }
    events { worker_connections 768; }
    http {
      include sites/*.conf;
      include missing/*.conf;
      server { listen 80; server_name plain.example.org; return 301 https://$host$request_uri; }
      ssl_certificate default.pem;
      ssl_certificate_key default.key;
    })",
                          files);
  ASSERT_THAT(found.sites, SizeIs(4));
  EXPECT_EQ(found.sites[0], (Site{.names = {"a.example.org", "b.example.org"},
                                  .ports = {443},
                                  .certificates = {"/etc/tls/a chain.pem", "/etc/tls/a-rsa.pem"},
                                  .folders = {},
                                  .patterns = {"*.a.example.org", "~^b(?<x>.+)$"}}));
  EXPECT_EQ(found.sites[1], (Site{{"c.example.org"}, {8443}, {"/etc/nginx/default.pem"}, {}}));
  EXPECT_EQ(found.sites[2], (Site{{}, {9443}, {}, {}})) << "its own certificate is known when a client connects";
  EXPECT_EQ(found.sites[3], (Site{{"plain.example.org"}, {}, {"/etc/nginx/default.pem"}, {}}));
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_THAT(found.remarks, ElementsAre(HasSubstr("/etc/nginx/sites/b.conf:2: nginx chooses the certificate “$name.pem”")));
}

TEST(Nginx, AFileThatIncludesItselfComesToAnEndAndSaysSo) {
  const auto found = read("include nginx.conf; include nginx.conf; server { listen 443 ssl; ssl_certificate a.pem; }");
  EXPECT_GT(found.sites.size(), 0U);
  EXPECT_LE(found.sites.size(), kMaxIncluded + 1);
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("include themselves")));
}

TEST(Nginx, AMissingOrUnreadableIncludeIsAProblem) {
  FakeFiles files;
  files.unreadable_folders["/etc/nginx/closed"] = "/etc/nginx/closed was not read, because of reasons.";
  const auto found = read("include snippets/tls.conf;\ninclude closed/*.conf;\ninclude conf.d/$host.conf; include empty/*.conf;", files);
  EXPECT_THAT(found.problems, ElementsAre("/etc/nginx/nginx.conf:1: /etc/nginx/snippets/tls.conf was not read, because it doesn't exist.",
                                          "/etc/nginx/nginx.conf:2: /etc/nginx/closed was not read, because of reasons.",
                                          HasSubstr("nginx.conf:3: the include “conf.d/$host.conf”")));
}

TEST(Nginx, PathsInAFragmentAreRelativeToTheMainFile) {
  FakeFiles files;
  files.content["/etc/nginx/nginx.conf"] = "";
  files.content["/etc/nginx/snippets/tls.conf"] = "ssl_certificate tls/a.pem;";
  files.content["/etc/nginx/sites-available/a"] = "server { listen 443 ssl; server_name a.example.org; include snippets/tls.conf; }";
  const auto found = read_nginx("/etc/nginx/sites-available/a", files).value();
  ASSERT_THAT(found.sites, SizeIs(1));
  EXPECT_THAT(found.sites[0].certificates, ElementsAre("/etc/nginx/tls/a.pem"));
  const auto snippet = read_nginx("/etc/nginx/snippets/tls.conf", files).value();
  ASSERT_THAT(snippet.sites, SizeIs(1));
  EXPECT_THAT(snippet.sites[0].certificates, ElementsAre("/etc/nginx/tls/a.pem"));
}

TEST(Nginx, ServersWithoutACertificateUseThatOfTheDefaultServer) {
  const auto found = read(R"(http {
    server { listen 443 ssl default_server; server_name _; ssl_certificate wildcard.pem; }
    server { listen 443 ssl; server_name a.example.org; }
    server { listen 443; server_name b.example.org; }
    server { listen 8080; server_name c.example.org; }
    server { listen 80 default_server; ssl_reject_handshake on; }
    server { listen 443 ssl; server_name refused.example.org; ssl_reject_handshake on; }
  })");
  ASSERT_THAT(found.sites, SizeIs(3));
  EXPECT_EQ(found.sites[1], (Site{{"a.example.org"}, {443}, {}, {}}));
  EXPECT_EQ(found.sites[2], (Site{{"b.example.org"}, {443}, {}, {}})) << "TLS belongs to the address and port";
}

TEST(Nginx, VariablesMapsAndTheAcmeModuleLeaveTheNamesToTheNetwork) {
  const auto found = read(R"(http {
    map $ssl_server_name $tls_file { default d.pem; include missing.map; server_name x.example.org; ssl_certificate y.pem; a.example.org a.pem; }
    acme_issuer letsencrypt { uri https://acme.example/directory; contact ops@example.org; }
    server { listen 443 ssl; server_name a.example.org b.example.org; ssl_certificate $tls_file; ssl_certificate_key $tls_key; }
    server { listen 443 ssl; server_name c.example.org; acme_certificate letsencrypt; ssl_certificate $acme_certificate; }
    server { listen 443 ssl; server_name d.example.org; ssl_certificate data:$pem; }
  })");
  ASSERT_THAT(found.sites, SizeIs(3));
  EXPECT_THAT(found.sites[0].names, ElementsAre("a.example.org", "b.example.org"));
  EXPECT_THAT(found.sites[1].names, ElementsAre("c.example.org"));
  EXPECT_THAT(found.sites[2].names, ElementsAre("d.example.org"));
  for (const auto& site : found.sites) {
    EXPECT_THAT(site.ports, ElementsAre(443));
    EXPECT_THAT(site.certificates, IsEmpty());
  }
  EXPECT_THAT(found.problems, IsEmpty());
  EXPECT_THAT(found.remarks, SizeIs(3));
}

TEST(Nginx, BracesAndApostrophesInLuaAreLua) {
  const auto found = read(R"(http {
    init_by_lua_block { local t = { "}", 'it''s' } -- don't }
      s = [[ } server { ]] }
    server {
      listen 443 ssl; server_name a.example.org; ssl_certificate fallback.pem;
      ssl_certificate_by_lua_block { require("auto-ssl").pick({ name = "}" }) }
      content_by_lua 'ngx.say("it\'s {")';
      location / { content_by_lua_block { ngx.say("isn't it }") } }
    }
    server { listen 443 ssl; server_name b.example.org; ssl_certificate b.pem; }
  })");
  ASSERT_THAT(found.sites, SizeIs(2));
  EXPECT_THAT(found.sites[0].certificates, ElementsAre("/etc/nginx/fallback.pem"));
  EXPECT_THAT(found.sites[1].names, ElementsAre("b.example.org"));
}

TEST(Nginx, MailServersSpeakTlsOrStartTls) {
  const auto found = read(R"(mail {
    server_name mail.example.org;
    ssl_certificate mail.pem;
    server { listen 993 ssl; protocol imap; }
    server { listen 143; protocol imap; starttls on; }
    server { listen 587; listen 465 ssl; protocol smtp; starttls only; }
    server { listen 110; protocol pop3; starttls on; }
    server { listen 127.0.0.1:25; protocol smtp; }
  })");
  ASSERT_GE(found.sites.size(), 5U);
  EXPECT_EQ(found.sites[0], (Site{{"mail.example.org"}, {993}, {"/etc/nginx/mail.pem"}, {}}));
  EXPECT_EQ(found.sites[1], (Site{{"mail.example.org"}, {143}, {"/etc/nginx/mail.pem"}, {}, StartTls::imap}));
  EXPECT_EQ(found.sites[2], (Site{{"mail.example.org"}, {587}, {"/etc/nginx/mail.pem"}, {}, StartTls::smtp}));
  EXPECT_EQ(found.sites[3], (Site{{"mail.example.org"}, {465}, {"/etc/nginx/mail.pem"}, {}}));
  EXPECT_EQ(found.sites[4], (Site{{"mail.example.org"}, {110}, {"/etc/nginx/mail.pem"}, {}, StartTls::pop3}));
  EXPECT_THAT(found.problems, IsEmpty());
}

TEST(Nginx, ListensOnRangesLoopbackSocketsAndHttp3) {
  const auto found = read(R"(http {
    server { listen 127.0.0.1:8443 ssl proxy_protocol; listen localhost:9443 ssl; server_name my_app.example.org; ssl_certificate a.pem; }
    server { listen 192.0.2.7:9000-9002 ssl; server_name b.example.org; ssl_certificate a.pem; }
    server { listen unix:/run/n.sock ssl; server_name c.example.org; ssl_certificate a.pem; }
    server { listen 444 quic; server_name d.example.org; ssl_certificate a.pem; }
    server { ssl on; listen 8444; server_name e.example.org; ssl_certificate a.pem; }
    server { listen https ssl; server_name f.example.org; ssl_certificate a.pem; }
  }
  stream { server { listen 443; ssl_preread on; proxy_pass $name; } server { listen 8883 ssl; ssl_certificate mqtt.pem; proxy_pass broker; } })");
  ASSERT_GE(found.sites.size(), 5U);
  EXPECT_THAT(found.sites[0].names, ElementsAre("my_app.example.org"));
  EXPECT_THAT(found.sites[0].local, ElementsAre(LocalListener{"127.0.0.1", 8443}, LocalListener{"127.0.0.1", 9443}));
  EXPECT_THAT(found.sites[1].ports, ElementsAre(9000, 9001, 9002));
  EXPECT_THAT(found.sites[4].ports, ElementsAre(8444));
  EXPECT_EQ(found.sites.back(), (Site{{}, {8883}, {"/etc/nginx/mqtt.pem"}, {}}));
  EXPECT_THAT(found.remarks, ElementsAre(HasSubstr("Unix socket"), HasSubstr("HTTP/3")));
}

TEST(Nginx, QuotedBracesAndBackslashesAreParts) {
  const auto found = read(R"(http { server {
    listen 443 ssl; server_name "~^(?<sub>\w{2,3})\.example\.org$" a.example.org; ssl_certificate a.pem;
    location ~ \.php$ { fastcgi_split_path_info ^(.+\.php)(/.+)$; }
    location ~* "^/x{2}" { set ${v} "a;b}c"; add_header X 'it"s'; }
  } server { listen 443 ssl; server_name b.example.org; ssl_certificate b.pem; } })");
  ASSERT_THAT(found.sites, SizeIs(2));
  EXPECT_THAT(found.sites[0].names, ElementsAre("a.example.org"));
  EXPECT_THAT(found.sites[1].names, ElementsAre("b.example.org"));
}

}  // namespace
}  // namespace carillon::certs
