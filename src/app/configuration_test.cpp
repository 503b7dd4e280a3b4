#include "app/configuration.hpp"

#include "base/testing/testing.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace carillon::app {
namespace {

const char* no_environment(const char*) { return nullptr; }

class ConfigurationFile : public ::testing::Test {
 protected:
  Result<Configuration> read(const std::string& content) {
    const auto file = folder_.path() / "carillon.toml";
    std::ofstream(file) << content;
    return read_configuration(file, no_environment, {});
  }
  carillon::testing::TemporaryFolder folder_;
};

TEST(Configuration, HasADefaultForEverything) {
  const auto configuration = read_configuration({}, no_environment, {});
  ASSERT_TRUE(configuration) << configuration.error().message;
  EXPECT_EQ(configuration->effective_origin(8443), "https://localhost:8443");
  EXPECT_EQ(configuration->effective_origin(443), "https://localhost");
  EXPECT_EQ(configuration->source.at("server.http"), "default");
}

TEST_F(ConfigurationFile, IsReadWithThePlaceOfEachValue) {
  const auto configuration = read("[server]\norigin = \"https://pod.example.org\"\nformer_origins = [\"https://old.example.org\"]\n");
  ASSERT_TRUE(configuration) << configuration.error().message;
  EXPECT_EQ(configuration->effective_origin(8443), "https://pod.example.org");
  EXPECT_EQ(configuration->former_origins, std::vector<std::string>{"https://old.example.org"});
  EXPECT_TRUE(configuration->source.at("server.origin").ends_with("carillon.toml:2"));
}

TEST_F(ConfigurationFile, RefusesAnUnknownKeyAndNamesTheNearest) {
  const auto configuration = read("[server]\norigins = \"https://pod.example.org\"\n");
  ASSERT_FALSE(configuration);
  EXPECT_EQ(configuration.error().kind, ErrorKind::invalid);
  EXPECT_NE(configuration.error().message.find("“server.origins”"), std::string::npos);
  EXPECT_NE(configuration.error().message.find("did you mean “server.origin”?"), std::string::npos);
  EXPECT_NE(configuration.error().message.find("carillon.toml:2"), std::string::npos);
}

TEST_F(ConfigurationFile, LimitsAndProxiesHaveDefaultsAndAreChecked) {
  const auto usual = read("");
  ASSERT_TRUE(usual) << usual.error().message;
  EXPECT_EQ(usual->connections, 20'000);
  EXPECT_EQ(usual->connections_per_address, 512);
  EXPECT_TRUE(usual->exempt.empty() && usual->trusted_proxies.empty() && usual->user.empty());
  const auto own =
      read("[limits]\nconnections_per_address = 50\nexempt = [\"192.0.2.0/24\"]\n[proxy]\ntrusted = [\"10.0.0.1\", \"fd00::/8\"]\n");
  ASSERT_TRUE(own) << own.error().message;
  EXPECT_EQ(own->connections_per_address, 50);
  EXPECT_EQ(own->trusted_proxies, (std::vector<std::string>{"10.0.0.1", "fd00::/8"}));
  for (const auto* bad :
       {"[limits]\nexempt = [\"10.0.0.1/8\"]\n", "[limits]\nexempt = [\"all\"]\n", "[limits]\nconnections_per_address = 0\n",
        "[proxy]\ntrusted = [\"proxy.example.org\"]\n", "[proxy]\nheader = \"x-real-ip\"\n", "[server]\ngroup = \"www-data\"\n"})
    EXPECT_FALSE(read(bad)) << bad;
  EXPECT_NE(read("[proxy]\ntrusted = [\"10.0.0.1/8\"]\n").error().message.find("bits after the prefix"), std::string::npos);
}

TEST_F(ConfigurationFile, Http2IsOnUntilItIsTurnedOff) {
  EXPECT_TRUE(read("").value().http2);
  EXPECT_FALSE(read("[server]\nhttp2 = false\n").value().http2);
  for (const auto* bad : {"[server]\nhttp2 = \"no\"\n", "[server]\nhttp2 = 0\n"}) {
    const auto configuration = read(bad);
    ASSERT_FALSE(configuration) << bad;
    EXPECT_NE(configuration.error().message.find("“server.http2” must be true or false"), std::string::npos);
  }
}

TEST_F(ConfigurationFile, RefusesWrongTypesAndBrokenFiles) {
  EXPECT_FALSE(read("[server]\nhttp = 8080\n"));
  EXPECT_FALSE(read("[server]\nformer_origins = \"x\"\n"));
  EXPECT_FALSE(read("[server]\nformer_origins = [1]\n"));
  EXPECT_FALSE(read("server = 1\n"));
  const auto broken = read("[server]\nhttp = \"unterminated\n");
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().message.find("carillon.toml:2"), std::string::npos) << broken.error().message;
}

TEST_F(ConfigurationFile, RefusesAnOriginThatIsNone) {
  for (const auto& [origin, why] :
       std::vector<std::pair<std::string, std::string>>{{"http://pod.example.org", "it must begin with https://"},
                                                        {"pod.example.org", "it must begin with https://"},
                                                        {"https://", "it must have a valid host name or IP address"},
                                                        {"https://:8443", "it must have a valid host name or IP address"},
                                                        {"https://*.example.org", "it must have a valid host name or IP address"},
                                                        {"https://*.example.org:8443", "it must have a valid host name or IP address"},
                                                        {"https://pod example.org", "it must have a valid host name or IP address"},
                                                        {"https://pod.example.org/x", "without “/” or a path"},
                                                        {"https://pod.example.org/", "without “/” or a path"},
                                                        {"https://pod.example.org#top", "without “/” or a path"},
                                                        {"https://pod.example.org?a", "without “/” or a path"},
                                                        {"https://ada:secret@pod.example.org", "user name or password"},
                                                        {"https://pod.example.org:65536", "its port isn't a number from 1 to 65535"},
                                                        {"https://pod.example.org:0", "its port isn't a number from 1 to 65535"},
                                                        {"https://pod.example.org:", "its port isn't a number from 1 to 65535"},
                                                        {"https://pod.example.org:https", "its port isn't a number from 1 to 65535"},
                                                        {"https://[::1]:70000", "its port isn't a number from 1 to 65535"}}) {
    const auto text = "\"" + origin + "\"";
    for (const auto& section : {"[server]\norigin = " + text, "[server]\nformer_origins = [" + text + "]", "[[peers]]\nurl = " + text}) {
      const auto refused = read(section + "\n");
      ASSERT_FALSE(refused) << section;
      EXPECT_NE(refused.error().message.find(why), std::string::npos) << section << ": " << refused.error().message;
      EXPECT_NE(refused.error().message.find("“" + origin + "”"), std::string::npos) << refused.error().message;
    }
  }
  for (const auto& [origin, normal] :
       std::vector<std::pair<std::string, std::string>>{{"https://Pod.Example.org", "https://pod.example.org"},
                                                        {"https://pod.example.org:8443", "https://pod.example.org:8443"},
                                                        {"https://pöd.example.org", "https://xn--pd-fka.example.org"},
                                                        {"https://[2001:DB8::1]", "https://[2001:db8::1]"},
                                                        {"https://192.0.2.7", "https://192.0.2.7"}}) {
    const auto good = read("[server]\norigin = \"" + origin + "\"\n");
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ(good->origin, normal);
  }
}

TEST_F(ConfigurationFile, RefusesOtherUrlsThatAreNone) {
  for (const auto* const url :
       {"https://h:99999/", "https://*.example.org/", "https://h/#top", "ftp://hub/", "https://", "hub.example.org"}) {
    for (const auto& section :
         {"[certificates]\nheartbeat = \"{}\"", "[[certificates.issuers]]\nname = \"first\"\ndirectory = \"{}\"",
          "[announce]\nhubs = [\"{}\"]", "[announce.podping]\nendpoint = \"{}\"\ntoken = \"x\"",
          "[notify.webhook]\nurl = \"{}\"\nsecret = \"between us\"", "[notify.webhooks.chat]\nurl = \"{}\"\nshape = \"slack\""}) {
      std::string text{section};
      text.replace(text.find("{}"), 2, url);
      EXPECT_FALSE(read(text + "\n")) << text;
      text = section;
      text.replace(text.find("{}"), 2, "https://h:8443/a");
      const auto good = read(text + "\n");
      EXPECT_TRUE(good) << text << ": " << good.error().message;
    }
  }
  // What may be a secret isn't repeated.
  const auto refused = read("[certificates]\nheartbeat = \"https://beats.example.org:0/SECRET\"\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find("SECRET"), std::string::npos) << refused.error().message;
  EXPECT_FALSE(read("[announce]\nhubs = [\"https://u:p@h/\"]\n"));
}

TEST_F(ConfigurationFile, RefusesPeopleWhomNoMailCanReach) {
  for (const auto* key : {"steward", "deputy"}) {
    const auto refused = read("[certificates]\nnames = []\n" + std::string(key) + " = \"not an address\"\n");
    ASSERT_FALSE(refused) << key;
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid);
    EXPECT_EQ(refused.error().field, "certificates." + std::string(key));
    for (const auto* part : {key, "carillon.toml:3", "“not an address” isn't a valid email address", "ada@example.org"})
      EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  }
  EXPECT_FALSE(read("[certificates]\noperators = [\"ada@example.org\", \"everybody\"]\n"));
  EXPECT_FALSE(read("[[certificates.issuers]]\nname = \"first\"\ndirectory = \"https://ca.example/\"\ncontact = \"mailto:ada\"\n"));
  const auto good = read("[certificates]\nsteward = \"Ada@Example.org\"\noperators = [\"grace@localhost\"]\n");
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_EQ(good->steward, "ada@example.org") << "as accounts have it";
}

TEST_F(ConfigurationFile, ReadsWhoIsToldOfChanges) {
  std::ofstream(folder_.path() / "token") << "secret\n";
  const auto read_one = read(
      "[announce]\nhubs = [\"https://hub.example.org/\"]\n[announce.podping]\nendpoint = \"https://podping.cloud/\"\ntoken_file = "
      "\"token\"\n");
  ASSERT_TRUE(read_one) << read_one.error().message;
  EXPECT_EQ(read_one->hubs, std::vector<std::string>{"https://hub.example.org/"});
  EXPECT_EQ(read_one->podping.endpoint, "https://podping.cloud/");
  EXPECT_EQ(read_one->podping.token, "secret");
  for (const auto& [key, value] : read_one->shown()) EXPECT_EQ(value.find("secret"), std::string::npos) << key;
}

TEST_F(ConfigurationFile, RefusesHubsThatAreNone) {
  for (const auto* hubs :
       {"[\"hub.example.org\"]", "[\"ftp://hub.example.org\"]", "[\"https://\"]", "[\"https:///x\"]", "[\"https://a b/\"]",
        "[\"https://h/\\u0022\"]", "[\"https://h/<x>\"]", "[\"https://h/ü\"]", "[\"https://h/\", \"https://h/\"]", "\"https://h/\""})
    EXPECT_FALSE(read(std::string("[announce]\nhubs = ") + hubs + "\n")) << hubs;
  EXPECT_FALSE(read("[announce.podping]\nendpoint = \"https://podping.cloud/\"\n")) << "without a token";
  EXPECT_FALSE(read("[announce.podping]\ntoken = \"x\"\n")) << "without an endpoint";
  EXPECT_FALSE(read("[announce]\nhub = [\"https://h/\"]\n"));
}

TEST(Configuration, CommandLineWinsOverEnvironmentOverFile) {
  const carillon::testing::TemporaryFolder folder;
  const auto file = folder.path() / "carillon.toml";
  std::ofstream(file) << "[server]\nhttp = \":1\"\nhttps = \":2\"\n";
  const auto environment = [](const char* name) -> const char* {
    if (std::string_view(name) == "CARILLON_SERVER_HTTP") return ":3";
    if (std::string_view(name) == "CARILLON_CERTIFICATES_NAMES") return "a.test, b.test";
    return nullptr;
  };
  const auto configuration = read_configuration(file, environment, {.http = {}, .https = ":4"});
  ASSERT_TRUE(configuration) << configuration.error().message;
  EXPECT_EQ(configuration->http, ":3");
  EXPECT_EQ(configuration->https, ":4");
  EXPECT_EQ(configuration->certificate_names, (std::vector<std::string>{"a.test", "b.test"}));
  EXPECT_EQ(configuration->source.at("server.https"), "command line");
}

TEST_F(ConfigurationFile, DnsProvidersAreOneSectionOrSeveral) {
  std::ofstream(folder_.path() / "dns.key") << "hmac-sha256:carillon:MTIzNDU2Nzg5MDEyMzQ1\n";
  const auto one = read("[certificates.dns]\nserver = \"192.0.2.53\"\ntsig_key_file = \"dns.key\"\n");
  ASSERT_TRUE(one) << one.error().message;
  ASSERT_EQ(one->dns_providers.size(), 1U);
  EXPECT_EQ(one->dns_providers.front().tsig_key, "hmac-sha256:carillon:MTIzNDU2Nzg5MDEyMzQ1");
  EXPECT_EQ(one->dns_providers.front().hook_style, "carillon");
  for (const auto& [key, value] : one->shown()) EXPECT_EQ(value.find("MTIz"), std::string::npos) << key;
  const auto two = read(
      "[[certificates.dns]]\nserver = \"192.0.2.53:5353\"\n[[certificates.dns]]\nnames = [\"*.Example.ORG\"]\nhook = [\"/bin/hook\"]\n");
  ASSERT_TRUE(two) << two.error().message;
  ASSERT_EQ(two->dns_providers.size(), 2U);
  EXPECT_EQ(two->dns_providers.back().names, std::vector<std::string>{"*.example.org"});
  for (const auto& [section, why] : std::vector<std::pair<std::string, std::string>>{
           {"", "needs a server"},
           {"server = \"192.0.2.53\"\nhook = [\"/bin/hook\"]", "both a server and a hook"},
           {"server = \"ns1.example.org\"", "isn't a name server"},
           {"server = \"192.0.2.53\"\ntsig_key = \"nonsense\"", "TSIG key"},
           {"hook = [\"/bin/hook\"]\ntsig_key = \"hmac-sha256:a:MTIzNDU2Nzg5MDEyMzQ1\"", "has no effect with a hook"},
           {"hook = [\"/bin/hook\"]\nhook_style = \"other\"", "carillon, lego, certbot or dehydrated"},
           {"hook = [\"/bin/hook\"]\nhook_style = \"certbot\"", "cleanup_hook"},
           {"hook = [\"/bin/hook\"]\nhook_timeout_seconds = 0", "from 1 to 240"},
           {"hook = [\"/bin/hook\"]\nwait_for = [\"nowhere\"]", "isn't a name server"},
           {"hook = [\"/bin/hook\"]\nnames = [\"*.org\"]", "would cover"}}) {
    const auto wrong = read("[certificates.dns]\n" + section + "\n");
    ASSERT_FALSE(wrong) << section;
    EXPECT_NE(wrong.error().message.find(why), std::string::npos) << section << "\n" << wrong.error().message;
  }
}

TEST_F(ConfigurationFile, OnlyAWildcardIsLookedAtElsewhere) {
  const auto read_export = [&](const std::string& name, const std::string& host) {
    return read("[[certificates.exports]]\nname = \"" + name + "\"\nfolder = \"/tmp/x\"\nhost = \"" + host + "\"\n");
  };
  EXPECT_TRUE(read_export("*.example.org", "WWW.example.org"));
  for (const auto& [name, host] :
       {std::pair{"*.example.org", "example.org"}, {"*.example.org", "a.b.example.org"}, {"www.example.org", "www.example.org"}})
    EXPECT_FALSE(read_export(name, host)) << name << " at " << host;
}

TEST_F(ConfigurationFile, AGroupHasNoNameThatAHostCouldHave) {
  const auto group = [&](const std::string& name, const std::string& more = {}) {
    return read(more + "[certificates.groups.\"" + name + "\"]\nnames = [\"www.example.org\", \"nas\"]\n");
  };
  EXPECT_TRUE(group("website"));
  EXPECT_TRUE(group("2026"));
  for (const auto& [name, why] : std::vector<std::pair<std::string, std::string>>{{"localhost", "it is the name of this machine"},
                                                                                  {"web.site", "can't be the name of a group"},
                                                                                  {"192.0.2.7", "can't be the name of a group"},
                                                                                  {"::1", "can't be the name of a group"},
                                                                                  {"*", "can't be the name of a group"},
                                                                                  {"", "can't be the name of a group"},
                                                                                  {"nas", "has the name of a host in the group “nas”"}}) {
    const auto refused = group(name);
    ASSERT_FALSE(refused) << name;
    EXPECT_NE(refused.error().message.find(why), std::string::npos) << name << "\n" << refused.error().message;
  }
  for (const auto* origin :
       {"origin = \"https://media\"", "origin = \"https://a.example.org\"\nformer_origins = [\"https://media:8443\"]"}) {
    const auto refused = group("media", "[server]\n" + std::string(origin) + "\n");
    ASSERT_FALSE(refused) << origin;
    EXPECT_NE(refused.error().message.find("the host of server.origin or a former origin"), std::string::npos) << refused.error().message;
  }
}

TEST_F(ConfigurationFile, AnExportOfNothingKnownIsRefused) {
  const auto exported = [&](const std::string& name, const std::string& more = {}) {
    return read(more + "[[certificates.exports]]\nname = \"" + name + "\"\nfolder = \"/tmp/x\"\n");
  };
  const std::string group = "[certificates.groups.website]\nnames = [\"www.example.org\"]\n";
  const auto renamed = exported("webshop", group);
  ASSERT_FALSE(renamed);
  EXPECT_NE(
      renamed.error().message.find("“certificates.exports.name” is “webshop”, which is neither a group nor in certificates.names. If the "
                                   "group was renamed, use its new name; if it is a host on your network, add it to "
                                   "certificates.names."),
      std::string::npos)
      << renamed.error().message;
  EXPECT_TRUE(exported("website", group));
  EXPECT_TRUE(exported("mail.example.org", group));
  EXPECT_TRUE(exported("*.example.org"));
  EXPECT_TRUE(exported("192.0.2.7"));
  EXPECT_TRUE(exported("2001:db8::1"));
  EXPECT_TRUE(exported("localhost"));
  EXPECT_TRUE(exported("Printer", "[certificates]\nnames = [\"printer\"]\n"));
  EXPECT_TRUE(exported("nas", "[server]\norigin = \"https://nas\"\n"));
}

}  // namespace
}  // namespace carillon::app
