#include "certs/dns_proof/provider.hpp"

#include "base/file.hpp"
#include "base/testing/testing.hpp"
#include "certs/dns_proof/places.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace carillon::certs {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

DnsProviderSettings with_names(std::vector<std::string> names) {
  DnsProviderSettings settings;
  settings.names = std::move(names);
  return settings;
}

TEST(DnsProviders, AreFoundByTheLongestOfTheirNames) {
  const std::vector all{with_names({}), with_names({"example.org"}), with_names({"*.pod.example.org", "example.net"})};
  const auto index = [&](std::string_view record) { return provider_for(all, record) - all.data(); };
  EXPECT_EQ(index("_acme-challenge.example.com"), 0);
  EXPECT_EQ(index("_acme-challenge.example.org"), 1);
  EXPECT_EQ(index("_acme-challenge.www.example.org"), 1);
  EXPECT_EQ(index("_acme-challenge.badexample.org"), 0);
  EXPECT_EQ(index(challenge_record("*.pod.example.org")), 2);
  EXPECT_EQ(index("proof.example.net"), 2);
  EXPECT_EQ(provider_for({with_names({"example.org"})}, "_acme-challenge.example.com"), nullptr);
}

TEST(DnsProviders, ProveAWildcardWhereItsDomainIsProved) {
  EXPECT_EQ(challenge_record("*.example.org"), "_acme-challenge.example.org");
  EXPECT_EQ(challenge_record("example.org"), "_acme-challenge.example.org");
  // RFC 8555 §8.4: base64url of the SHA-256, without padding.
  EXPECT_EQ(challenge_value("token.thumbprint").size(), 43U);
}

class Hooks : public ::testing::Test {
 protected:
  /// A script that writes its arguments and the variables that matter, one to a line, then does `more`.
  std::string script(const std::string& file, const std::string& more = "exit 0") {
    const auto path = folder_.path() / file;
    const auto text = "#!/bin/sh\nfor word in \"$@\"; do echo \"$word\" >> " + said().string() +
                      "; done\nenv | grep -E '^(CARILLON_|CERTBOT_)' | grep -v '^CARILLON_COMMAND=' | sort >> " + said().string() + "\n" +
                      more + "\n";
    EXPECT_TRUE(write_file(path, text));
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path.string();
  }
  [[nodiscard]] std::filesystem::path said() const { return folder_.path() / "said"; }
  std::string taken() {
    auto text = read_file(said()).value_or("");
    std::filesystem::remove(said());
    return text;
  }
  static std::unique_ptr<DnsProvider> provider(const DnsProviderSettings& settings) { return make_provider(settings, {}); }
  DnsProviderSettings calling(const std::string& command, HookStyle style = HookStyle::carillon) {
    DnsProviderSettings settings;
    settings.hook = {command};
    settings.style = style;
    return settings;
  }

  carillon::testing::TemporaryFolder folder_;
  const DnsProof proof_{.domain = "example.org", .record = "_acme-challenge.example.org", .value = "v-A_l", .token = "tok"};
  const std::string own_ =
      "CARILLON_ACTION=present\nCARILLON_DOMAIN=example.org\nCARILLON_RECORD=_acme-challenge.example.org\nCARILLON_VALUE=v-A_l\n";
  const std::string own_cleanup_ =
      "CARILLON_ACTION=cleanup\nCARILLON_DOMAIN=example.org\nCARILLON_RECORD=_acme-challenge.example.org\nCARILLON_VALUE=v-A_l\n";
};

TEST_F(Hooks, AreCalledInTheStyleTheyExpect) {
  const auto hook = script("hook");
  const auto ours = provider(calling(hook));
  ASSERT_TRUE(ours->present(proof_));
  EXPECT_EQ(taken(), "present\n_acme-challenge.example.org\nv-A_l\n" + own_);
  ASSERT_TRUE(ours->remove(proof_));
  EXPECT_EQ(taken(), "cleanup\n_acme-challenge.example.org\nv-A_l\n" + own_cleanup_);

  const auto lego = provider(calling(hook, HookStyle::lego));
  ASSERT_TRUE(lego->present(proof_));
  EXPECT_EQ(taken(), "present\n_acme-challenge.example.org.\nv-A_l\n" + own_);
  ASSERT_TRUE(lego->remove(proof_));
  EXPECT_EQ(taken(), "cleanup\n_acme-challenge.example.org.\nv-A_l\n" + own_cleanup_);

  const auto dehydrated = provider(calling(hook, HookStyle::dehydrated));
  ASSERT_TRUE(dehydrated->present(proof_));
  EXPECT_EQ(taken(), "deploy_challenge\nexample.org\ntok\nv-A_l\n" + own_);
  ASSERT_TRUE(dehydrated->remove(proof_));
  EXPECT_EQ(taken(), "clean_challenge\nexample.org\ntok\nv-A_l\n" + own_cleanup_);
}

TEST_F(Hooks, OfCertbotGetTheirEnvironmentAndTheOutputOfTheFirstAtTheSecond) {
  auto settings = calling(script("auth", "echo record 17"), HookStyle::certbot);
  settings.cleanup = {script("cleanup"), "--now"};
  const auto certbot = provider(settings);
  const std::string both = "CERTBOT_DOMAIN=example.org\nCERTBOT_REMAINING_CHALLENGES=0\nCERTBOT_VALIDATION=v-A_l\n";
  ASSERT_TRUE(certbot->present(proof_));
  EXPECT_EQ(taken(), own_ + "CERTBOT_ALL_DOMAINS=example.org\n" + both);
  ASSERT_TRUE(certbot->remove(proof_));
  EXPECT_EQ(taken(), "--now\n" + own_cleanup_ + "CERTBOT_ALL_DOMAINS=example.org\nCERTBOT_AUTH_OUTPUT=record 17\n" + both);
}

TEST_F(Hooks, SayHowTheyFailed) {
  const auto failed = provider(calling(script("hook", "echo the API rejects the token >&2; exit 4")))->present(proof_);
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message,
              ::testing::AllOf(HasSubstr("DNS hook failed"), HasSubstr("status 4"), HasSubstr("rejects the token")));
  const auto missing = provider(calling("/no/such/hook"))->remove(proof_);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("/no/such/hook"));
}

TEST_F(Hooks, ThatHangForkOrWriteWithoutEndAreStopped) {
  for (const auto* manner : {"sleep 300", "sleep 300 & sleep 300", "yes", "trap '' TERM INT HUP; while :; do sleep 1; done"}) {
    auto settings = calling(script("hook", manner));
    settings.hook_deadline = 1s;
    const auto before = std::chrono::steady_clock::now();
    const auto stopped = provider(settings)->present(proof_);
    ASSERT_FALSE(stopped) << manner;
    EXPECT_THAT(stopped.error().message, HasSubstr("didn't finish within 1 s")) << manner;
    EXPECT_LT(stopped.error().message.size(), 4096U) << manner;
    EXPECT_LT(std::chrono::steady_clock::now() - before, 100s) << manner;
  }
}

/// Servers by address, with what they have.
class Spreading : public ::testing::Test {
 protected:
  Spread spread() {
    return spread_of(
        [this](const dns::ServerAddress& server, const std::string& name) -> Result<std::vector<std::string>> {
          EXPECT_EQ(name, "_acme-challenge.example.org");
          const auto found = texts.find(server.address);
          if (found == texts.end()) return fail(ErrorKind::unavailable, "silence");
          if (found->second.empty()) return fail(ErrorKind::not_found, "no record");
          return found->second;
        },
        servers, "_acme-challenge.example.org", "right");
  }
  std::map<std::string, std::vector<std::string>> texts;
  std::vector<NameServer> servers{{.name = "ns1", .addresses = {{.address = "192.0.2.1"}, {.address = "2001:db8::1"}}},
                                  {.name = "ns2", .addresses = {{.address = "192.0.2.2"}}}};
};

TEST_F(Spreading, IsCompleteWhenEachServerHasTheRecordBesideOthers) {
  texts = {{"192.0.2.1", {"other", "right"}}, {"192.0.2.2", {"right"}}};
  EXPECT_TRUE(spread().lacks.empty());
  texts["192.0.2.2"] = {"other"};
  EXPECT_THAT(spread().lacks, ElementsAre("ns2 (192.0.2.2) has only other TXT records"));
  texts["192.0.2.2"] = {};
  EXPECT_THAT(spread().lacks, ElementsAre("ns2 (192.0.2.2) doesn't have it"));
}

TEST_F(Spreading, CountsAServerByTheFirstAddressThatAnswers) {
  texts = {{"2001:db8::1", {"right"}}, {"192.0.2.2", {"right"}}};
  EXPECT_TRUE(spread().lacks.empty());
  EXPECT_TRUE(spread().silent.empty());
  texts.erase("192.0.2.2");
  EXPECT_THAT(spread().silent, ElementsAre("ns2 (192.0.2.2) doesn't answer"));
  EXPECT_TRUE(spread().lacks.empty());
  texts.clear();
  EXPECT_EQ(spread().silent.size(), 2U);
  servers = {{.name = "ns3", .addresses = {}}};
  EXPECT_THAT(spread().silent, ElementsAre("ns3 has no address"));
}

}  // namespace
}  // namespace carillon::certs
