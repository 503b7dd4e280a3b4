#include "podcast/domains/domains.hpp"

#include "base/testing/eventually.hpp"
#include "net/asio.hpp"
#include "podcast/domains/domain_queries.hpp"
#include "podcast/store/shows.hpp"
#include "podcast/testing/catalogue_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

namespace carillon::podcast {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

template <class T>
T await(asio::awaitable<T> what) {
  asio::io_context loop;
  auto value = asio::co_spawn(loop, std::move(what), asio::use_future);
  loop.run();
  return value.get();
}

/// A keeper that only remembers, and name servers with a map.
class ADomain : public ::testing::Test {
 protected:
  ADomain() {
    lead("pod.example.net", "192.0.2.1");
    testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
      auto other = world.show;
      other.id = new_id(world.clock, world.random);
      other.slug = "other";
      other.network = "others";
      other.guid = other.id;
      queries::insert(session, other);
      return {};
    }));
    begin();
  }

  void begin(std::vector<std::string> reserved = {"old.example.net"}) {
    domains.reset();
    domains = std::make_unique<Domains>(
        Domains::Parts{
            .database = *world.database,
            .clock = world.clock,
            .random = world.random,
            .table = table,
            .certificates = {.keep = [&](const certs::NameOptions& name_options) -> Result<> {
                               const std::lock_guard lock{mutex};
                               kept.insert_or_assign(name_options.name, name_options);
                               return {};
                             },
                             .forget = [&](const std::string& name) -> Result<> {
                               const std::lock_guard lock{mutex};
                               kept.erase(name);
                               return {};
                             },
                             .find = [&](const std::string& name) -> std::optional<certs::NameStatus> {
                               const std::lock_guard lock{mutex};
                               const auto found = kept.find(name);
                               if (found == kept.end()) return {};
                               return status_of_kept(found->second);
                             },
                             .list =
                                 [&] {
                                   const std::lock_guard lock{mutex};
                                   std::vector<certs::NameStatus> all;
                                   for (const auto& [name, name_options] : kept) all.push_back(status_of_kept(name_options));
                                   return all;
                                 }},
            .addresses = [&](const std::string& name) -> Result<std::vector<std::string>> {
              const std::lock_guard lock{mutex};
              ++asked[name];
              const auto found = names.find(name);
              if (found == names.end()) return fail(ErrorKind::not_found, "no such name");
              if (found->second.empty()) return fail(ErrorKind::unavailable, "no answer");
              return std::vector<std::string>{found->second};
            },
            .texts = [&](const std::string& name) -> Result<std::vector<std::string>> {
              const std::lock_guard lock{mutex};
              const auto found = texts.find(name);
              if (found == texts.end()) return fail(ErrorKind::not_found, "no texts");
              return found->second;
            },
            .fetch = [&](const std::string& name, const std::string& address, const std::string& path) -> Result<std::string> {
              const std::lock_guard lock{mutex};
              fetched.push_back(name + " at " + address);
              if (elsewhere) return std::string{"hello"};
              return domains->proof_of_place(path).value_or("nothing");
            },
            .telling = {.report = [&](db::Session&, const incidents::Report& report) -> Result<> {
                          reported[report.kind + " " + report.subject] = report;
                          return {};
                        },
                        .solve = [&](db::Session&, const std::string& kind, const std::string& subject, const std::string&) -> Result<> {
                          reported.erase(kind + " " + subject);
                          return {};
                        },
                        .close_old = [&](Time before) { closed_before = before; }}},
        Domains::Settings{
            .origin = "https://pod.example.net:8443", .host = "pod.example.net", .reserved = std::move(reserved), .port = 8443});
    testing::needed(domains->start());
  }

  static certs::NameStatus status_of_kept(const certs::NameOptions& name_options) {
    return {
        .kept = {.name = name_options.name, .source = name_options.source, .in_charge = name_options.in_charge, .port = name_options.port},
        .current = {},
        .state = "renewing",
        .next_step_at = {},
        .last_seen = {}};
  }

  void lead(const std::string& name, const std::string& address) {
    const std::lock_guard lock{mutex};
    names[name] = address;
  }
  Result<DomainStatus> add(const std::string& show, const std::string& name) { return await(domains->add({}, show, name)); }
  std::vector<std::string> kept_names() {
    const std::lock_guard lock{mutex};
    std::vector<std::string> all;
    for (const auto& [name, name_options] : kept) all.push_back(name);
    return all;
  }
  void wait_until_dropped(const std::string& name) {
    EXPECT_TRUE(carillon::testing::eventually([&] { return std::ranges::count(kept_names(), name) == 0; }));
  }

  testing::CatalogueWorld world{0};
  DomainTable table;
  std::mutex mutex;
  std::map<std::string, certs::NameOptions> kept;
  std::map<std::string, std::string> names;
  std::map<std::string, int> asked;
  std::map<std::string, std::vector<std::string>> texts;
  std::map<std::string, incidents::Report> reported;
  std::vector<std::string> fetched;
  std::optional<Time> closed_before;
  bool elsewhere = false;  ///< another server answers at our addresses
  std::unique_ptr<Domains> domains;
};

TEST_F(ADomain, GetsACertificateOnceItLeadsHereAndNotBefore) {
  const auto added = testing::needed(add("demo", "Podcast.Example.org."));
  EXPECT_EQ(added.domain.name, "podcast.example.org");
  EXPECT_EQ(added.state, DomainState::waiting_for_dns);
  EXPECT_FALSE(table.show_of("podcast.example.org")) << "a claim is no proof";
  lead("podcast.example.org", "192.0.2.66");
  EXPECT_EQ(testing::needed(await(domains->list("demo"))).front().look.pointing, Pointing::elsewhere);
  EXPECT_THAT(kept_names(), IsEmpty());
  lead("podcast.example.org", "192.0.2.1");
  EXPECT_EQ(testing::needed(await(domains->find("demo", "podcast.example.org"))).state, DomainState::waiting_for_certificate);
  ASSERT_THAT(kept_names(), ElementsAre("podcast.example.org"));
  const auto& name_options = kept["podcast.example.org"];
  EXPECT_EQ(name_options.source, certs::Source::domain);
  EXPECT_EQ(name_options.in_charge.steward, "") << "no operator is paged for a tenant's domain";
  EXPECT_EQ(table.show_of("podcast.example.org"), "demo");
  EXPECT_THAT(fetched, ElementsAre("podcast.example.org at 192.0.2.1"));
  EXPECT_EQ(name_options.in_charge.network, "default") << "its owners are told when nobody else does anything";
  EXPECT_EQ(name_options.port, 8443);
}

TEST_F(ADomain, IsLookedAtByItself) {
  testing::needed(add("demo", "podcast.example.org"));
  lead("podcast.example.org", "192.0.2.1");
  ASSERT_TRUE(domains->work());
  EXPECT_THAT(kept_names(), ElementsAre("podcast.example.org"));
  const auto times = asked["podcast.example.org"];
  domains->work();
  EXPECT_EQ(asked["podcast.example.org"], times) << "nothing is due yet";
  world.clock.advance(7h);
  domains->work();
  EXPECT_GT(asked["podcast.example.org"], times);
}

TEST_F(ADomain, IsGivenUpOnlyWhenItHasLongLedElsewhere) {
  testing::needed(add("demo", "podcast.example.org"));
  lead("podcast.example.org", "192.0.2.1");
  domains->work();
  lead("podcast.example.org", "");  // silence
  world.clock.advance(24h * 30);
  domains->work();
  EXPECT_THAT(kept_names(), ElementsAre("podcast.example.org"));
  lead("podcast.example.org", "192.0.2.66");
  world.clock.advance(7h);
  domains->work();
  EXPECT_THAT(kept_names(), ElementsAre("podcast.example.org"));
  EXPECT_TRUE(testing::needed(await(domains->find("demo", "podcast.example.org"))).domain.strayed);
  world.clock.advance(kGivenUpAfter + 1h);
  domains->work();
  EXPECT_THAT(kept_names(), IsEmpty());
  lead("podcast.example.org", "192.0.2.1");
  world.clock.advance(2h);
  domains->work();
  EXPECT_THAT(kept_names(), ElementsAre("podcast.example.org")) << "who comes back is welcome";
}

TEST_F(ADomain, BelongsToWhoProvesItAndNobodyLearnsWhose) {
  const auto mine = testing::needed(add("demo", "podcast.example.org"));
  const auto theirs = testing::needed(add("other", "PODCAST.example.org"));
  EXPECT_NE(mine.domain.token, theirs.domain.token);
  texts["_carillon.podcast.example.org"] = {"v=spf1", "carillon-domain=" + theirs.domain.token};
  EXPECT_EQ(testing::needed(await(domains->find("other", "podcast.example.org"))).state, DomainState::proven);
  EXPECT_EQ(table.show_of("podcast.example.org"), "other");
  EXPECT_THAT(kept_names(), IsEmpty()) << "it does not lead here";
  lead("podcast.example.org", "192.0.2.1");
  domains->work();
  world.clock.advance(2h);
  domains->work();
  EXPECT_EQ(table.show_of("podcast.example.org"), "other");
  EXPECT_EQ(kept.at("podcast.example.org").in_charge.network, "others");
  testing::needed(await(domains->remove({}, "demo", "podcast.example.org")));
  const auto refused = add("demo", "podcast.example.org").error();
  EXPECT_EQ(refused.kind, ErrorKind::conflict) << "proven by a text, and in use";
  EXPECT_EQ(refused.message.find("other"), std::string::npos);
  kept.insert_or_assign("www.example.org", certs::NameOptions{.name = "www.example.org", .source = certs::Source::configuration});
  for (const auto* ours : {"pod.example.net", "a.pod.example.net", "old.example.net", "www.example.org"}) {
    const auto error = add("demo", ours).error();
    EXPECT_EQ(error.kind, ErrorKind::conflict) << ours;
    const auto without_name = [](std::string text, const std::string& name) { return text.replace(text.find(name), name.size(), "NAME"); };
    EXPECT_EQ(without_name(error.message, ours), without_name(refused.message, "podcast.example.org")) << ours;
  }
  EXPECT_THAT(add("other", "podcast.example.org").error().message, HasSubstr("already belongs to this show"));
  EXPECT_EQ(add("nothing", "a.example.org").error().kind, ErrorKind::not_found);
  EXPECT_EQ(await(domains->remove({}, "demo", "podcast.example.org")).error().kind, ErrorKind::not_found);
  EXPECT_EQ(await(domains->find("demo", "podcast.example.org")).error().kind, ErrorKind::not_found);
}

TEST_F(ADomain, ThatSeveralNetworksClaimIsProvenByATextAlone) {
  testing::needed(add("other", "podcast.example.org"));  // somebody who was faster
  lead("podcast.example.org", "192.0.2.1");
  const auto mine = testing::needed(add("demo", "podcast.example.org"));
  domains->work();
  EXPECT_FALSE(table.show_of("podcast.example.org"));
  EXPECT_THAT(kept_names(), IsEmpty());
  EXPECT_THAT(testing::needed(await(domains->find("demo", "podcast.example.org"))).next, HasSubstr("another show also claims the domain"));
  texts["_carillon.podcast.example.org"] = {"carillon-domain=" + mine.domain.token};
  EXPECT_EQ(testing::needed(await(domains->find("demo", "podcast.example.org"))).state, DomainState::waiting_for_certificate);
  EXPECT_EQ(table.show_of("podcast.example.org"), "demo");
}

TEST_F(ADomain, ThatSomebodyElsePointedHereIsTakenBackByAText) {
  lead("podcast.example.org", "192.0.2.1");
  testing::needed(add("other", "podcast.example.org"));
  EXPECT_EQ(table.show_of("podcast.example.org"), "other") << "it leads here, and nobody else claims it";
  const auto mine = testing::needed(add("demo", "podcast.example.org"));
  EXPECT_EQ(table.show_of("podcast.example.org"), "other") << "a claim alone takes nothing";
  texts["_carillon.podcast.example.org"] = {"carillon-domain=" + mine.domain.token};
  testing::needed(await(domains->find("demo", "podcast.example.org")));
  EXPECT_EQ(table.show_of("podcast.example.org"), "demo");
  EXPECT_EQ(kept.at("podcast.example.org").in_charge.network, "default");
  ASSERT_TRUE(reported.contains("domain-lost podcast.example.org of other"));
  EXPECT_EQ(reported.begin()->second.in_charge.network, "others");
  EXPECT_EQ(reported.begin()->second.in_charge.steward, "");
}

TEST_F(ADomain, WithoutProofIsDroppedAfterAWeekWithANotice) {
  testing::needed(add("demo", "podcast.example.org"));
  lead("podcast.example.org", "192.0.2.66");
  domains->work();
  world.clock.advance(kClaimLives - 1h);
  domains->work();
  EXPECT_EQ(testing::needed(await(domains->list("demo"))).size(), 1U);
  world.clock.advance(2h);
  domains->work();
  EXPECT_THAT(testing::needed(await(domains->list("demo"))), IsEmpty());
  EXPECT_TRUE(reported.contains("domain-unproven podcast.example.org of demo"));
  EXPECT_EQ(closed_before, world.clock.now() - kNoticeStays) << "nobody looks at an old notice for ever";
  testing::needed(add("demo", "podcast.example.org"));
  EXPECT_TRUE(reported.empty());
}

TEST_F(ADomain, AtOurAddressesIsNoProofWhereAnotherServerAnswers) {
  elsewhere = true;
  lead("podcast.example.org", "192.0.2.1");
  const auto added = testing::needed(add("demo", "podcast.example.org"));
  EXPECT_EQ(added.state, DomainState::waiting_for_dns);
  EXPECT_THAT(added.next, HasSubstr("another server responds there"));
  EXPECT_THAT(kept_names(), IsEmpty());
  EXPECT_FALSE(domains->proof_of_place("/.well-known/carillon-domain/../x"));
}

TEST_F(ADomain, ThatLeftMayBeProvenByAnother) {
  lead("podcast.example.org", "192.0.2.1");
  testing::needed(add("demo", "podcast.example.org"));
  lead("podcast.example.org", "192.0.2.66");
  world.clock.advance(7h);
  domains->work();
  world.clock.advance(kGivenUpAfter + 1h);
  domains->work();
  EXPECT_THAT(kept_names(), IsEmpty()) << "nothing is ordered for it any more";
  EXPECT_FALSE(table.show_of("podcast.example.org"));
  EXPECT_TRUE(reported.contains("domain-left podcast.example.org of demo"));
  world.clock.advance(kClaimLives + 1h);
  domains->work();
  EXPECT_THAT(testing::needed(await(domains->list("demo"))), IsEmpty());
  lead("podcast.example.org", "192.0.2.1");
  EXPECT_EQ(testing::needed(add("other", "podcast.example.org")).state, DomainState::waiting_for_certificate);
}

TEST_F(ADomain, IsDroppedWithItsCertificate) {
  testing::needed(add("demo", "podcast.example.org"));
  lead("podcast.example.org", "192.0.2.1");
  domains->work();
  kept.insert_or_assign("by-hand.example.org", certs::NameOptions{.name = "by-hand.example.org", .source = certs::Source::person});
  ASSERT_TRUE(await(domains->remove({}, "demo", " podcast.EXAMPLE.org")));
  EXPECT_FALSE(table.show_of("podcast.example.org"));
  wait_until_dropped("podcast.example.org");
  EXPECT_THAT(kept_names(), ElementsAre("by-hand.example.org"));
  EXPECT_TRUE(add("other", "podcast.example.org")) << "it is free again";
}

TEST_F(ADomain, IsKnownAfterARestart) {
  testing::needed(add("demo", "podcast.example.org"));
  lead("podcast.example.org", "192.0.2.1");
  domains->work();
  kept.clear();
  kept.insert_or_assign("removed.example.org", certs::NameOptions{.name = "removed.example.org", .source = certs::Source::domain});
  table.replace({});
  begin();
  EXPECT_EQ(table.show_of("podcast.example.org"), "demo");
  EXPECT_THAT(kept_names(), ElementsAre("podcast.example.org"));
}

TEST_F(ADomain, GoesForGoodWithItsShowAlone) {
  testing::needed(add("demo", "podcast.example.org"));
  lead("podcast.example.org", "192.0.2.1");
  domains->work();
  auto show = world.show;
  const auto in_trash = [&](std::optional<Time> since) {
    testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
      show.deleted = since;
      queries::update(session, show);
      return {};
    }));
  };
  in_trash(world.clock.now());
  domains->work();
  EXPECT_THAT(kept_names(), ElementsAre("podcast.example.org"));
  EXPECT_EQ(table.show_of("podcast.example.org"), "demo");
  testing::needed(world.database->write_now([&](db::Session& session) -> Result<> {
    queries::remove_shows_deleted_before(session, world.clock.now() + 1h);
    return {};
  }));
  world.clock.advance(11min);
  domains->work();
  EXPECT_THAT(kept_names(), IsEmpty());
  EXPECT_FALSE(table.show_of("podcast.example.org"));
}

TEST_F(ADomain, DoesNotTakeTheOriginsPlace) {
  lead("podcast.example.org", "192.0.2.1");
  testing::needed(add("demo", "podcast.example.org"));
  EXPECT_EQ(table.show_of("podcast.example.org"), "demo");
  begin({"podcast.example.org"});
  EXPECT_FALSE(table.show_of("podcast.example.org")) << "who is locked out of the origin cannot put it right";
}

TEST_F(ADomain, IsOneOfAFew) {
  for (std::size_t i = 0; i < kMaxDomains; ++i) testing::needed(add("demo", "a" + std::to_string(i) + ".example.org"));
  EXPECT_THAT(add("demo", "one-more.example.org").error().message, HasSubstr("the limit"));
  EXPECT_EQ(testing::needed(await(domains->list("demo"))).size(), kMaxDomains);
}

}  // namespace
}  // namespace carillon::podcast
