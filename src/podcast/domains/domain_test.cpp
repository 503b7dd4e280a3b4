#include "podcast/domains/domain.hpp"
#include "podcast/domains/domain_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::podcast {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Addresses = Result<std::vector<std::string>>;

const Time kNow = from_microseconds(1'700'000'000'000'000);
const std::vector<std::string> kOurs{"192.0.2.1", "2001:db8::1"};

TEST(TheNameOfADomain, IsTakenHoweverItIsWritten) {
  EXPECT_EQ(domain_name_from("  Podcast.Example.ORG. ").value(), "podcast.example.org");
  EXPECT_EQ(domain_name_from("xn--glcklich-95a.example").value(), "xn--glcklich-95a.example");
  EXPECT_EQ(domain_name_from("GLÜCKLICH.example.").value(), "xn--glcklich-75a.example");
  EXPECT_EQ(domain_name_from(std::string(63, 'a') + ".example").value(), std::string(63, 'a') + ".example");
}

TEST(TheNameOfADomain, IsRefusedWithASentence) {
  const auto sentence = [](std::string_view text) {
    const auto name = domain_name_from(text);
    EXPECT_FALSE(name) << text;
    if (name) return std::string{};
    EXPECT_EQ(name.error().kind, ErrorKind::invalid);
    EXPECT_EQ(name.error().field, "name");
    return name.error().message;
  };
  EXPECT_THAT(sentence("co.uk"), HasSubstr("suffix"));
  EXPECT_THAT(sentence("xn--a.example"), HasSubstr("isn't a domain name"));
  EXPECT_THAT(sentence("https://podcast.example.org/"), HasSubstr("URL of a page"));
  EXPECT_THAT(sentence("*.example.org"), HasSubstr("wildcard"));
  EXPECT_THAT(sentence("192.0.2.1"), HasSubstr("not a name"));
  EXPECT_THAT(sentence("2001:db8::1"), HasSubstr("not a name"));
  EXPECT_THAT(sentence("podcast"), HasSubstr("single label"));
  EXPECT_THAT(sentence("show.localhost"), HasSubstr("the local machine"));
  for (const auto* text : {"", ".", "..", "a..b", ".example.org", "-a.example", "a-.example", "a_b.example", "a b.example",
                           "example.org:443", "a.1", "a\nb.example", "user@example.org", "\xFF.example"})
    EXPECT_NE(sentence(text), "") << text;
  EXPECT_NE(sentence(std::string_view{"a\0b.example", 11}), "");
  EXPECT_NE(sentence(std::string(64, 'a') + ".example"), "");
  std::string longest = "a";
  while (longest.size() < 300) longest += ".a";
  EXPECT_NE(sentence(longest), "");
  EXPECT_LT(sentence(std::string(100'000, '<')).size(), 300U);
}

TEST(ALookAtADomain, ComparesAddresses) {
  const auto pointing = [](const Addresses& its, const Addresses& ours = kOurs) { return look_at(its, ours).pointing; };
  const Addresses nothing = fail(ErrorKind::not_found, "no such name"), silence = fail(ErrorKind::unavailable, "didn't answer");
  EXPECT_EQ(pointing(kOurs), Pointing::here);
  EXPECT_EQ(pointing(std::vector<std::string>{"192.0.2.1"}), Pointing::here) << "one of ours is enough";
  EXPECT_EQ(pointing(std::vector<std::string>{"192.0.2.1", "192.0.2.9"}), Pointing::partly);
  EXPECT_EQ(pointing(std::vector<std::string>{"192.0.2.9"}), Pointing::elsewhere);
  EXPECT_EQ(pointing(nothing), Pointing::nowhere);
  EXPECT_EQ(pointing(std::vector<std::string>{}), Pointing::nowhere);
  EXPECT_EQ(pointing(silence), Pointing::unknown);
  EXPECT_EQ(pointing(kOurs, silence), Pointing::unknown) << "who does not know where it is itself cannot tell";
}

TEST(TheRecordsOfADomain, AreAnAliasOrAddresses) {
  const auto below = records_for("podcast.example.org", "pod.example.net", kOurs);
  EXPECT_THAT(below.set, ElementsAre(DnsRecord{"CNAME", "podcast.example.org", "pod.example.net."}));
  EXPECT_THAT(below.instead,
              ElementsAre(DnsRecord{"A", "podcast.example.org", "192.0.2.1"}, DnsRecord{"AAAA", "podcast.example.org", "2001:db8::1"}));
  const auto apex = records_for("example.org", "pod.example.net", kOurs);
  EXPECT_THAT(apex.set, ElementsAre(DnsRecord{"A", "example.org", "192.0.2.1"}, DnsRecord{"AAAA", "example.org", "2001:db8::1"}));
  EXPECT_THAT(apex.instead, IsEmpty());
  EXPECT_EQ(records_for("podcast.example.org", "192.0.2.1", {"192.0.2.1"}).set.front().type, "A") << "an alias leads to a name";
}

class AStatus : public ::testing::Test {
 protected:
  static certs::NameStatus certificate(std::optional<Duration> left, int failures = 0) {
    certs::NameStatus status{.kept = {.name = "podcast.example.org"}, .current = {}, .state = "ok", .next_step_at = {}, .last_seen = {}};
    status.kept.failures = failures;
    status.kept.last_error = failures > 0 ? "the CA is closed" : "";
    if (left) status.current = certs::StoredCertificate{.validity = {.not_before = kNow - 1h, .not_after = kNow + *left}};
    return status;
  }
  DomainStatus of(Pointing pointing, std::optional<certs::NameStatus> kept) {
    return status_of(domain, {.pointing = pointing, .addresses = {"192.0.2.9"}, .ours = kOurs}, std::move(kept), "pod.example.net", kNow);
  }
  Domain domain{.name = "podcast.example.org", .show = "demo", .created = kNow, .token = "abc"};
};

TEST_F(AStatus, SaysWhatToDoNext) {
  const auto nowhere = of(Pointing::nowhere, {});
  EXPECT_EQ(nowhere.state, DomainState::waiting_for_dns);
  EXPECT_THAT(nowhere.next, HasSubstr("CNAME pod.example.net."));
  EXPECT_THAT(of(Pointing::elsewhere, {}).next, HasSubstr("points to 192.0.2.9 instead of here"));
  EXPECT_THAT(of(Pointing::partly, {}).next, HasSubstr("leave only"));
  EXPECT_THAT(of(Pointing::unknown, {}).next, HasSubstr("didn't respond"));
  EXPECT_EQ(of(Pointing::here, {}).state, DomainState::waiting_for_dns) << "where it leads is no proof by itself";
  EXPECT_THAT(of(Pointing::here, {}).next, HasSubstr("carillon-domain=abc for _carillon.podcast.example.org"));
  domain.proven = kNow;
  EXPECT_EQ(of(Pointing::nowhere, {}).state, DomainState::proven);
  domain.pointed = kNow;
  EXPECT_EQ(of(Pointing::here, {}).state, DomainState::waiting_for_certificate);
  EXPECT_THAT(of(Pointing::here, certificate({})).next, HasSubstr("is being issued"));
  EXPECT_THAT(of(Pointing::here, certificate({}, 3)).next, HasSubstr("the CA is closed"));
  EXPECT_EQ(of(Pointing::here, certificate(-1s)).state, DomainState::waiting_for_certificate) << "an expired one is none";
  EXPECT_EQ(of(Pointing::here, certificate(1h)).state, DomainState::ready);
  EXPECT_THAT(of(Pointing::here, certificate(1h)).next, HasSubstr("Nothing to do"));
  EXPECT_EQ(of(Pointing::unknown, certificate(1h)).state, DomainState::ready) << "silence changes nothing";
  EXPECT_EQ(of(Pointing::elsewhere, certificate(1h)).state, DomainState::elsewhere);
}

TEST_F(AStatus, IsLookedAtLessAndLessOften) {
  EXPECT_EQ(pause_of(domain, kNow), 5s);
  EXPECT_EQ(pause_of(domain, kNow + 10min), 1min);
  EXPECT_EQ(pause_of(domain, kNow + 24h * 365), 1h);
  domain.proven = domain.pointed = kNow;
  EXPECT_EQ(pause_of(domain, kNow), 6h);
  domain.strayed = kNow;
  EXPECT_EQ(pause_of(domain, kNow), 1h);
}

TEST(TheTableOfDomains, IsReplacedAsAWhole) {
  DomainTable table;
  EXPECT_FALSE(table.show_of("podcast.example.org"));
  table.replace({{"podcast.example.org", "demo"}, {"a.example.org", "demo"}, {"b.example.org", "other"}});
  EXPECT_EQ(table.show_of("podcast.example.org"), "demo");
  EXPECT_FALSE(table.show_of("example.org"));
  EXPECT_EQ(table.names_of("demo"), (std::vector<std::string>{"a.example.org", "podcast.example.org"}));
  table.replace({});
  EXPECT_FALSE(table.show_of("podcast.example.org"));
  EXPECT_TRUE(table.names_of("demo").empty());
}

}  // namespace
}  // namespace carillon::podcast
