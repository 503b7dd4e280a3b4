// Endpoints that are not ours: what is found reaches the incidents in sentences, once, and closes when it is mended.

#include "certs/watch/watcher.hpp"

#include "base/mutex.hpp"
#include "base/testing/testing.hpp"
#include "certs/probe/words.hpp"
#include "certs/watch/schema.hpp"
#include "crypto/testing/authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>

namespace carillon::certs {
namespace {

using namespace std::chrono_literals;
using crypto::testing::Kind;
using std::chrono::days;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::array kMigrations{db::Migration{1, "watches", kWatchSchema}, db::Migration{2, "remarks", kWatchRemarksSchema},
                                 db::Migration{3, "names", kWatchNamesSchema}};

/// Remembers what was said to it.
class FakeIncidents final : public incidents::Incidents {
 public:
  std::vector<incidents::Report> reports;
  std::vector<std::string> solved;  ///< "kind subject: how"
  bool broken = false;

  Result<std::string> report(db::Session&, const incidents::Report& report) override {
    const Lock lock{mutex_};
    if (broken) return fail(ErrorKind::unavailable, "The incidents are out of order.");
    reports.push_back(report);
    return "1";
  }
  Result<> solve(db::Session&, const std::string& kind, const std::string& subject, const std::string& how) override {
    const Lock lock{mutex_};
    solved.push_back(kind + " " + subject + ": " + how);
    return {};
  }
  Result<> acknowledge(const std::string&, const std::string&, Duration) override { return {}; }
  Result<std::vector<incidents::Incident>> list(bool) override { return {}; }
  Result<incidents::Incident> find(const std::string&) override { return fail(ErrorKind::not_found, "none"); }
  std::optional<Time> work() override { return {}; }

 private:
  Mutex mutex_;
};

/// Shows what the test put there.
class FakeProber final : public Prober {
 public:
  std::map<std::string, Result<std::vector<Sighting>>> shown;  ///< by host
  std::vector<std::string> looked_at;
  Result<std::vector<Sighting>> look(const Target& target, std::chrono::milliseconds) override {
    const Lock lock{mutex_};
    looked_at.push_back(target.text());
    const auto found = shown.find(target.host);
    if (found == shown.end()) return fail(ErrorKind::not_found, "There is no name " + target.host + ".");
    return found->second;
  }

 private:
  Mutex mutex_;
};

class Watching : public ::testing::Test {
 protected:
  static Sighting at(const std::string& address, const crypto::testing::Served& served) {
    return {.address = address,
            .chain = crypto::testing::der_of(served.chain),
            .serial = served.chain.front().serial_hex(),
            .not_after = served.chain.front().not_after(),
            .protocol = "TLSv1.3",
            .failure = {}};
  }
  static Sighting nothing_at(const std::string& address, Obstacle obstacle) {
    Sighting sighting{.address = address,
                      .chain = {},
                      .serial = {},
                      .not_after = {},
                      .protocol = {},
                      .failure = Error{ErrorKind::unavailable, address + " serves no certificate: it doesn't respond.", {}}};
    sighting.obstacle = obstacle;
    return sighting;
  }
  void show(std::vector<Sighting> sightings) { prober_.shown["mail.example.org"] = std::move(sightings); }
  void show(Kind kind) { show({at("192.0.2.7:993", authority_.make(kind, "mail.example.org"))}); }
  void show_living(Time from, Time until) { show({at("192.0.2.7:993", authority_.make("mail.example.org", from, until))}); }
  /// The next look, whenever it is due.
  std::vector<incidents::Report> look() {
    incidents_.reports.clear();
    const auto next = watcher_.list().value().front().next_look;
    if (next > clock_.now()) clock_.set(next);
    EXPECT_TRUE(watcher_.work());
    return incidents_.reports;
  }
  Watch watch() { return watcher_.list().value().front(); }

  void SetUp() override { ASSERT_TRUE(watcher_.add(target_, {"ops@example.org", "second@example.org", ""})); }

  const Target target_{"mail.example.org", 993, StartTls::none};
  carillon::testing::TemporaryFolder folder_;
  carillon::testing::ManualClock clock_;
  std::unique_ptr<db::Database> database_ = db::Database::open(folder_.path() / "watch.db", kMigrations).value();
  crypto::testing::Authority authority_{clock_.now()};
  FakeProber prober_;
  FakeIncidents incidents_;
  Watcher watcher_{{*database_, prober_, incidents_, clock_}, std::move(crypto::Trust::in(authority_.roots())).value()};
};

TEST_F(Watching, WhatItsCaHasRevokedIsAnIncidentOfItsOwn) {
  const Result<std::vector<Sighting>> looked{{at("192.0.2.7:993", authority_.make(Kind::good, "mail.example.org"))}};
  const auto trust = crypto::Trust::in(authority_.roots()).value();
  const auto assessed = [&](const Revocation& known, Watch before) {
    const std::array all{std::optional{known}};
    return assess(std::move(before), looked, trust, clock_.now(), incidents::kLongestNotice, all);
  };
  const auto bad =
      assessed({.fingerprint = {}, .status = RevocationStatus::revoked, .reason = 1, .source = "http://crl.example.org/1"}, watch());
  ASSERT_EQ(bad.reports.size(), 1U);
  EXPECT_EQ(bad.reports.front().kind, kWatchedRevoked);
  EXPECT_THAT(bad.reports.front().what, HasSubstr("(keyCompromise), according to http://crl.example.org/1."));
  EXPECT_EQ(bad.watch.state(clock_.now()), "late");
  EXPECT_THAT(bad.watch.problem(clock_.now()), HasSubstr("its CA has revoked it"));
  const auto good = assessed({.fingerprint = {}, .status = RevocationStatus::good}, bad.watch);
  ASSERT_EQ(good.solved.size(), 1U);
  EXPECT_EQ(good.solved.front().kind, kWatchedRevoked);
  // That nobody knows is worth a remark after a day, never an incident.
  const Revocation silent{.fingerprint = {}, .silent = clock_.now() - 25h, .problem = "No answer."};
  const auto unknown = assessed(silent, watch());
  EXPECT_THAT(unknown.reports, IsEmpty());
  EXPECT_EQ(unknown.watch.state(clock_.now()), "ok");
  EXPECT_THAT(unknown.watch.seen.front().remark, StartsWith("revocation checks have failed since"));
}

TEST_F(Watching, WhatIsWellIsRememberedAndNotTold) {
  show(Kind::good);
  EXPECT_THAT(look(), IsEmpty());
  const auto seen = watch();
  EXPECT_EQ(seen.subject(), "mail.example.org:993");
  EXPECT_EQ(seen.in_charge.steward, "ops@example.org");
  EXPECT_EQ(seen.in_charge.deputy, "second@example.org");
  EXPECT_EQ(seen.last_look, clock_.now());
  ASSERT_EQ(seen.seen.size(), 1U);
  EXPECT_EQ(seen.seen[0].address, "192.0.2.7:993");
  EXPECT_EQ(seen.seen[0].issuer, "Test Intermediate");
  EXPECT_EQ(seen.seen[0].not_after, clock_.now() + days{60});
  EXPECT_THAT(seen.seen[0].findings, IsEmpty());
  EXPECT_THAT(incidents_.solved, IsEmpty());
}

TEST_F(Watching, AnEndedCertificateIsToldWithItsAgeAndClosedWhenItIsReplaced) {
  show(Kind::expired);
  const auto reports = look();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].kind, kWatchedExpired);
  EXPECT_EQ(reports[0].subject, "mail.example.org:993");
  EXPECT_EQ(reports[0].what, "mail.example.org:993 serves a certificate that expired 3 hours ago.");
  EXPECT_THAT(reports[0].remedy, HasSubstr("carillon cert unwatch mail.example.org:993"));
  EXPECT_EQ(reports[0].in_charge.steward, "ops@example.org");
  EXPECT_THAT(watch().trouble, ElementsAre(std::string(kWatchedExpired)));
  show(Kind::good);
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_THAT(
      incidents_.solved,
      ElementsAre(StartsWith("watched-expired mail.example.org:993: mail.example.org:993 now serves a certificate that is valid until ")));
  EXPECT_THAT(watch().trouble, IsEmpty());
}

TEST_F(Watching, OnlyTheAddressThatIsWrongIsNamed) {
  show({at("192.0.2.7:993", authority_.make(Kind::good, "mail.example.org")),
        at("192.0.2.8:993", authority_.make(Kind::expired, "mail.example.org"))});
  EXPECT_THAT(look().at(0).what, StartsWith("mail.example.org:993 (at 192.0.2.8:993) serves a certificate that expired"));
}

TEST_F(Watching, WhatClientsRefuseIsToldWithItsRemedy) {
  show(Kind::incomplete_chain);
  const auto reports = look();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].kind, kWatchedBroken);
  EXPECT_THAT(reports[0].what, HasSubstr("the intermediate certificate isn't sent"));
  EXPECT_THAT(reports[0].remedy, HasSubstr("fullchain"));
  EXPECT_EQ(watch().seen.at(0).findings, std::vector{crypto::Finding::incomplete_chain});
  show(Kind::wrong_host);
  EXPECT_THAT(look().at(0).what, HasSubstr("other names"));
  show(Kind::good);
  look();
  EXPECT_THAT(incidents_.solved, ElementsAre(StartsWith("watched-broken ")));
}

TEST_F(Watching, SilenceCountsOnlyTheThirdTimeAndClosesNothing) {
  show(Kind::expired);
  look();
  show({nothing_at("192.0.2.7:993", Obstacle::silence)});
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_THAT(look(), IsEmpty());
  const auto third = look();
  ASSERT_EQ(third.size(), 1U);
  EXPECT_EQ(third[0].kind, kWatchedUnreachable);
  EXPECT_THAT(third[0].what, HasSubstr("3 times in a row"));
  EXPECT_THAT(third[0].what, HasSubstr("it doesn't respond"));
  EXPECT_THAT(incidents_.solved, IsEmpty()) << "what cannot be seen is not mended";
  show(Kind::good);
  look();
  EXPECT_EQ(incidents_.solved.size(), 2U);
  EXPECT_EQ(watch().misses, 0);
}

TEST_F(Watching, OneGoodLookInBetweenBeginsTheCountAnew) {
  for (int round = 0; round < 3; ++round) {
    show({nothing_at("192.0.2.7:993", Obstacle::silence)});
    EXPECT_THAT(look(), IsEmpty());
    EXPECT_THAT(look(), IsEmpty());
    show(Kind::good);
    EXPECT_THAT(look(), IsEmpty());
  }
}

TEST_F(Watching, ANameThatLeadsNowhereIsUnreachable) {
  look();
  look();
  const auto third = look();
  ASSERT_EQ(third.size(), 1U);
  EXPECT_EQ(third[0].kind, kWatchedUnreachable);
  EXPECT_THAT(third[0].what, HasSubstr("There is no name mail.example.org."));
}

TEST_F(Watching, AnAddressWithoutAWayToItDoesNotCountBesideOneThatIsSeen) {
  show({at("192.0.2.7:993", authority_.make(Kind::good, "mail.example.org")), nothing_at("[2001:db8::1]:993", Obstacle::no_route)});
  for (int i = 0; i < 4; ++i) EXPECT_THAT(look(), IsEmpty());
  const auto watch = watcher_.list().value().front();
  ASSERT_EQ(watch.seen.size(), 1U) << "nor does it make the watch look unwell";
  EXPECT_EQ(watch.seen.front().address, "192.0.2.7:993");
}

TEST_F(Watching, OneOfTheTwoAddressesOfThisMachineIsEnough) {
  show({at("127.0.0.1:993", authority_.make(Kind::good, "mail.example.org")), nothing_at("[::1]:993", Obstacle::refused)});
  for (int i = 0; i < 4; ++i) EXPECT_THAT(look(), IsEmpty());
  show({nothing_at("127.0.0.1:993", Obstacle::refused), nothing_at("[::1]:993", Obstacle::refused)});
  std::size_t reported = 0;
  for (int i = 0; i < 4; ++i) reported += look().size();
  EXPECT_GT(reported, 0U) << "nothing there at all is another matter";
}

TEST_F(Watching, RemindersComeByFractionOfTheLifetimeAndStopWhenItIsRenewed) {
  const auto start = clock_.now();
  const auto until = start + days{120};
  show_living(start - days{60}, until);
  std::vector<long> reported;
  while (clock_.now() < start + days{118}) {
    for (const auto& report : look()) {
      EXPECT_EQ(report.kind, kWatchedExpiring);
      EXPECT_EQ(report.noticed_at, until);
      reported.push_back(std::chrono::ceil<days>(until - clock_.now()).count());
    }
    clock_.advance(5h);
  }
  EXPECT_EQ(reported, (std::vector<long>{30, 15, 8, 7, 6, 5, 4, 3})) << "told at the first look behind each moment";
  EXPECT_THAT(incidents_.solved, IsEmpty());
  show_living(clock_.now(), clock_.now() + days{180});
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_THAT(incidents_.solved, ElementsAre(StartsWith("watched-expiring ")));
}

TEST_F(Watching, WhatWasToldIsRememberedAcrossARestart) {
  show_living(clock_.now() - days{60}, clock_.now() + days{20});
  EXPECT_EQ(look().size(), 1U);
  Watcher restarted{{*database_, prober_, incidents_, clock_}, std::move(crypto::Trust::in(authority_.roots())).value()};
  incidents_.reports.clear();
  clock_.advance(kUsualRest);
  restarted.work();
  EXPECT_EQ(prober_.looked_at.size(), 2U);
  EXPECT_THAT(incidents_.reports, IsEmpty());
}

TEST_F(Watching, WhenItEndsTheReminderGivesWayToTheAlarm) {
  show_living(clock_.now() - days{60}, clock_.now() + 5min);
  EXPECT_EQ(look().at(0).kind, kWatchedExpiring);
  EXPECT_EQ(look().at(0).kind, kWatchedExpired);
  EXPECT_THAT(incidents_.solved, ElementsAre(HasSubstr("an expired certificate")));
}

TEST_F(Watching, ShortLivesAreLookedAtMoreOften) {
  const auto rest = [this](Duration lifetime) {
    show_living(clock_.now(), clock_.now() + lifetime);
    look();
    return watch().next_look - clock_.now();
  };
  EXPECT_EQ(rest(days{90}), kUsualRest);
  EXPECT_EQ(rest(100min), 5min);
  EXPECT_EQ(rest(60s), kShortestRest);
  show({nothing_at("192.0.2.7:993", Obstacle::silence)});
  for (int i = 0; i < 5; ++i) {
    look();
    EXPECT_EQ(watch().next_look - clock_.now(), kUsualRest) << "what fails is not looked at less often";
  }
}

TEST_F(Watching, OnlyWhatIsDueIsLookedAtAndTheNextMomentIsAnswered) {
  show(Kind::good);
  ASSERT_TRUE(watcher_.work());
  clock_.advance(1min);
  ASSERT_TRUE(watcher_.add({"other.example.org", 443}, {"ops@example.org", "", ""}));
  prober_.looked_at.clear();
  EXPECT_EQ(watcher_.work(), clock_.now() + 9min);
  EXPECT_THAT(prober_.looked_at, ElementsAre("other.example.org:443"));
}

TEST_F(Watching, ManyAreLookedAtEachOnce) {
  ASSERT_TRUE(watcher_.remove(target_));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(watcher_.add({"h" + std::to_string(i) + ".example", 443}, {"ops@example.org", "", ""}));
  watcher_.work();
  std::ranges::sort(prober_.looked_at);
  EXPECT_EQ(prober_.looked_at.size(), 100U);
  EXPECT_EQ(std::ranges::adjacent_find(prober_.looked_at), prober_.looked_at.end());
}

TEST_F(Watching, WhatCannotBeReportedIsNotForgotten) {
  show(Kind::expired);
  incidents_.broken = true;
  EXPECT_EQ(watcher_.work(), clock_.now() + kShortestRest);
  EXPECT_FALSE(watch().last_look);
  incidents_.broken = false;
  EXPECT_EQ(look().size(), 1U);
}

TEST_F(Watching, AddingAgainPutsOthersInCharge) {
  show(Kind::good);
  look();
  ASSERT_TRUE(watcher_.add({"MAIL.example.org.", 993}, {"new@example.org", "", ""}));
  ASSERT_EQ(watcher_.list()->size(), 1U);
  EXPECT_EQ(watch().in_charge.steward, "new@example.org");
  EXPECT_EQ(watch().next_look, clock_.now());
  EXPECT_EQ(watch().seen.size(), 1U);
}

TEST_F(Watching, RemovingClosesWhatWasOpen) {
  show(Kind::expired);
  look();
  ASSERT_TRUE(watcher_.remove(target_));
  EXPECT_THAT(incidents_.solved, ElementsAre("watched-expired mail.example.org:993: mail.example.org:993 is no longer watched."));
  EXPECT_THAT(watcher_.list().value(), IsEmpty());
  EXPECT_EQ(watcher_.work(), std::nullopt);
  EXPECT_EQ(watcher_.remove(target_).error().kind, ErrorKind::not_found);
}

TEST_F(Watching, WhatCannotBeWatchedIsRefused) {
  for (const auto* host : {"", "two words", "a:b", "../etc"})
    EXPECT_EQ(watcher_.add({host, 443}, {}).error().kind, ErrorKind::invalid) << host;
  EXPECT_EQ(watcher_.add({"x.example", 0}, {}).error().kind, ErrorKind::invalid);
  EXPECT_TRUE(watcher_.add({"2001:db8::1", 443}, {}));
}

TEST_F(Watching, AClockThatWasAheadLosesNoLookAndNoReminder) {
  const auto begin = clock_.now();
  show_living(begin - days{59}, begin + days{31});
  EXPECT_THAT(look(), IsEmpty());
  clock_.advance(days{10});
  EXPECT_EQ(look().size(), 1U) << "a third of its life is left";
  EXPECT_TRUE(watch().reminded);
  const auto was = clock_.now();
  clock_.set(was - days{10});
  ASSERT_TRUE(watcher_.clock_set_back({.was = was, .now = clock_.now()}));
  EXPECT_LE(watch().next_look, clock_.now());
  EXPECT_THAT(look(), IsEmpty()) << "it is not time any more";
  clock_.advance(days{2});
  const auto reports = look();
  ASSERT_EQ(reports.size(), 1U) << "and is told when it is";
  EXPECT_EQ(reports[0].kind, kWatchedExpiring);
}

TEST_F(Watching, ALongLifeIsNotLateYearsBeforeItsEnd) {
  const auto begin = clock_.now();
  show_living(begin - days{2500}, begin + days{1153});
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(watch().state(clock_.now()), "ok") << "a third of ten years is left";
  clock_.advance(days{1124});
  EXPECT_EQ(look().at(0).kind, kWatchedExpiring);
  EXPECT_EQ(watch().state(clock_.now()), "late");
  EXPECT_THAT(watch().problem(clock_.now()), HasSubstr("expires in"));
}

TEST_F(Watching, WhatIsAcceptedIsNoNoiseButItsEndIs) {
  ASSERT_TRUE(watcher_.add(target_, {}, {crypto::Finding::wrong_name, crypto::Finding::self_signed}));
  show(Kind::wrong_host);
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(watch().state(clock_.now()), "ok");
  show(Kind::self_signed);
  EXPECT_THAT(look(), IsEmpty());
  show(Kind::incomplete_chain);
  EXPECT_EQ(look().at(0).kind, kWatchedBroken) << "only what was accepted";
  show(Kind::expired);
  EXPECT_EQ(look().at(0).kind, kWatchedExpired);
  const auto refused = watcher_.add(target_, {}, {crypto::Finding::expired});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "accept");
  // Whoever adds it again takes it back.
  ASSERT_TRUE(watcher_.add(target_, {}));
  show(Kind::wrong_host);
  EXPECT_EQ(look().at(0).kind, kWatchedBroken);
}

TEST_F(Watching, OneAddressMayServeSeveralNames) {
  auto named = target_;
  named.server_name = "Other.Example.org";
  ASSERT_TRUE(watcher_.add(named, {}));
  ASSERT_EQ(watcher_.list()->size(), 2U);
  show(Kind::good);
  look();
  const auto both = watcher_.list().value();
  EXPECT_EQ(both[0].state(clock_.now()), "ok");
  EXPECT_EQ(both[1].subject(), "mail.example.org:993 as other.example.org");
  EXPECT_EQ(both[1].seen.at(0).findings, std::vector{crypto::Finding::wrong_name}) << "it is judged by the name that is asked for";
  EXPECT_THAT(incidents_.reports.at(0).remedy, HasSubstr("cert unwatch mail.example.org:993 --name other.example.org"));
  named.server_name = "other.example.org";
  ASSERT_TRUE(watcher_.remove(named));
  EXPECT_EQ(watcher_.list()->size(), 1U);
}

TEST_F(Watching, TwoProtocolsAtAnEndpointAreTwoWatchesWithTheirOwnNames) {
  auto imap = target_;
  imap.starttls = StartTls::imap;
  ASSERT_TRUE(watcher_.add(imap, {}));
  show(Kind::self_signed);
  look();
  const auto both = watcher_.list().value();
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0].subject(), "mail.example.org:993");
  EXPECT_EQ(both[1].subject(), "mail.example.org:993 (imap)");
  std::vector<std::string> subjects;
  for (const auto& report : incidents_.reports) subjects.push_back(report.subject);
  EXPECT_THAT(subjects, ::testing::UnorderedElementsAre("mail.example.org:993", "mail.example.org:993 (imap)"));
  for (const auto& report : incidents_.reports) EXPECT_THAT(report.what, StartsWith(report.subject + " serves"));
}

TEST(WatchReference, ReadsWhatIsListed) {
  for (const Target& target : {Target{"mail.example.org", 993}, Target{"mail.example.org", 25, StartTls::smtp},
                               Target{"2001:db8::1", 5269, StartTls::xmpp_server, false, "chat.example.org"}}) {
    const auto read = watch_reference(watch_name(target));
    ASSERT_TRUE(read) << watch_name(target);
    EXPECT_EQ(watch_name(read->target), watch_name(target));
    EXPECT_EQ(read->any_kind, target.starttls == StartTls::none);
  }
  const auto usual = watch_reference(" mail.example.org:143 ");
  ASSERT_TRUE(usual);
  EXPECT_EQ(usual->target.starttls, StartTls::imap);
  EXPECT_TRUE(usual->any_kind);
  EXPECT_EQ(watch_reference("mail.example.org:143 (gopher)").error().field, "starttls");
  for (const auto* const wrong : {"", "mail.example.org", "mail.example.org (imap)", " as other.example.org", "(imap)"})
    EXPECT_FALSE(watch_reference(wrong)) << wrong;
}

TEST_F(Watching, SaysWhyNothingIsSeen) {
  EXPECT_EQ(watch().state(clock_.now()), "none");
  EXPECT_THAT(watch().problem(clock_.now()), HasSubstr("not been checked yet"));
  look();
  EXPECT_THAT(watch().problem(clock_.now()), HasSubstr("There is no name mail.example.org"));
  show({nothing_at("192.0.2.7:993", Obstacle::silence)});
  look();
  EXPECT_EQ(watch().problem(clock_.now()), "192.0.2.7:993 serves no certificate: it doesn't respond.");
  show(Kind::wrong_host);
  look();
  EXPECT_THAT(watch().problem(clock_.now()), HasSubstr("other names"));
  show(Kind::good);
  look();
  EXPECT_EQ(watch().problem(clock_.now()), "");
  EXPECT_EQ(watcher_.latest().at(0).state(clock_.now()), "ok") << "the same from memory";
}

TEST_F(Watching, RootsMayChangeMeanwhile) {
  crypto::testing::Authority other{clock_.now()};
  show({at("192.0.2.7:993", other.make(Kind::good, "mail.example.org"))});
  EXPECT_EQ(look().at(0).kind, kWatchedBroken);
  auto roots = authority_.roots();
  for (auto& root : other.roots()) roots.push_back(std::move(root));
  watcher_.set_trust(std::move(crypto::Trust::in(roots)).value());
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(watch().state(clock_.now()), "ok");
}

}  // namespace
}  // namespace carillon::certs
