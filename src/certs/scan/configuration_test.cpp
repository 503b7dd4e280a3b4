// What the readers of four servers share. Each reader has a test of its own.

#include "certs/scan/configuration.hpp"

#include "certs/scan/testing/fake_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using ::testing::ElementsAre;
using testing::FakeFiles;
using ::testing::IsEmpty;

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

TEST(NamesOfASite, MayHaveUnderscoresAndBeInternational) {
  Site site;
  for (const auto* name : {"A.example.org", "my_app.example.org", "_", "", ".b.example.org", "*.c.example.org", "~^d$", "$hostname",
                           "intranet", "192.0.2.7", "bücher.example", "a.example.org"})
    add_name(site, name);
  EXPECT_THAT(site.names,
              ElementsAre("a.example.org", "my_app.example.org", "b.example.org", "intranet", "192.0.2.7", "xn--bcher-kva.example"));
  EXPECT_THAT(site.patterns, ElementsAre("*.b.example.org", "*.c.example.org", "~^d$", "$hostname"));
}

TEST(ListenersOfASite, OnLoopbackKeepTheirAddress) {
  Site site;
  for (const auto* host : {"", "*", "192.0.2.7", "[::]", "127.0.0.1", "127.8.0.1", "[::1]", "localhost"}) add_listener(site, host, 443);
  EXPECT_THAT(site.ports, ElementsAre(443));
  EXPECT_THAT(site.local, ElementsAre(LocalListener{"127.0.0.1", 443}, LocalListener{"127.8.0.1", 443}, LocalListener{"::1", 443}));
}

TEST(PortsOfARange, AreCounted) {
  EXPECT_THAT(ports_in("443"), ElementsAre(443));
  EXPECT_THAT(ports_in("8000-8002"), ElementsAre(8000, 8001, 8002));
  for (const auto* text : {"", "0", "https", "65536", "8002-8000", "1-x"}) EXPECT_THAT(ports_in(text), IsEmpty()) << text;
}

TEST(Variables, HaveValuesDefaultsOrAreMissing) {
  const auto value = [](const std::string& name) { return name == "A" ? std::optional<std::string>{"a"} : std::nullopt; };
  EXPECT_EQ(expand_variables("x${A}y${B-b}$C{", value).text, "xayb$C{");
  const auto expanded = expand_variables("${A}/${B}", value);
  EXPECT_EQ(expanded.text, "a/${B}");
  EXPECT_THAT(expanded.missing, ElementsAre("B"));
}

TEST(TheRootOfAFragment, IsTheFolderOfItsMainFile) {
  FakeFiles files;
  files.content["/etc/nginx/nginx.conf"] = "";
  files.content["/etc/nginx/sites-enabled/a"] = "";
  EXPECT_EQ(root_of("/etc/nginx/sites-enabled/a", {"nginx.conf"}, files), "/etc/nginx");
  EXPECT_EQ(root_of("/srv/a.conf", {"nginx.conf"}, files), "/srv");
  EXPECT_EQ(root_of("a.conf", {"nginx.conf"}, files), ".");
}

}  // namespace
}  // namespace carillon::certs
