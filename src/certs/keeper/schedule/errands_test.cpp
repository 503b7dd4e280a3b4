#include "certs/keeper/schedule/errands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

constexpr Time kNow{days{20'000}};
const Facts kAutomatic{.now = kNow, .automatic = true};
const Facts kByHand{.now = kNow};

/// A certificate of ninety days, made so long ago.
InForce certificate(Duration ago, std::string issuer = "first") {
  return {.id = "id of " + issuer,
          .issuer = std::move(issuer),
          .rank = Rank::everywhere,
          .serial = "01",
          .validity = {kNow - ago, kNow - ago + days{90}},
          .ari_id = "ari"};
}

/// Seen, a month old, looked at in five minutes.
NameState served() {
  NameState name;
  name.row.name = "www.example.org";
  name.row.added = kNow - days{100};
  name.row.step = Step::seen;
  name.row.issuer = "first";
  name.row.current = "id of first";
  name.current = certificate(days{30});
  name.row.renew_at = kNow + days{30};
  name.looks.next = kNow + minutes{5};
  name.window_poll.next = kNow + hours{6};
  return name;
}

/// Its renewal has begun, and its order is due.
NameState renewed() {
  auto name = served();
  name.row.step = Step::due;
  name.row.next_try = name.row.renew_at = kNow;
  return name;
}

/// A spare is being made.
NameState making_spare() {
  auto name = served();
  name.row.step = Step::due;
  name.row.for_spare = true;
  name.row.next_try = kNow;
  return name;
}

TEST(Errands, ARevokedCertificateIsLeftForTheSpareAtOnce) {
  auto name = served();
  name.spare = certificate(days{40}, "second");
  name.row.spare = name.spare->id;
  EXPECT_NE(Errands(name, kAutomatic).first_due(kNow), ErrandKind::swap_in_spare);
  // Even for one that ends sooner, or that fewer trust.
  name.current->revoked = true;
  name.spare->rank = Rank::own;
  EXPECT_EQ(Errands(name, kAutomatic).first_due(kNow), ErrandKind::swap_in_spare);
  name.spare->revoked = true;
  EXPECT_NE(Errands(name, kAutomatic).first_due(kNow), ErrandKind::swap_in_spare);
}

TEST(Errands, OfANewNameIsToBeginAtOnce) {
  NameState name;
  name.row.added = name.row.renew_at = kNow;
  const Errands errands{name, kAutomatic};
  EXPECT_EQ(errands.first_due(kNow), ErrandKind::begin_renewal);
  EXPECT_EQ(errands.next(), kNow);
  EXPECT_EQ(errands.due(ErrandKind::look), std::nullopt) << "there is nothing to be seen";
}

TEST(Errands, OfWhatIsServedAreLooksTheWindowAndItsRenewal) {
  const auto name = served();
  const Errands errands{name, kAutomatic};
  EXPECT_EQ(errands.first_due(kNow), std::nullopt);
  EXPECT_EQ(errands.next(), name.looks.next);
  EXPECT_EQ(errands.due(ErrandKind::begin_renewal), name.row.renew_at);
  EXPECT_EQ(errands.due(ErrandKind::ask_window), name.window_poll.next);
  EXPECT_EQ(errands.due(ErrandKind::report_late), name.current->validity.not_before + days{75});
  EXPECT_EQ(errands.due(ErrandKind::report_expired), name.current->validity.not_after);
  EXPECT_EQ(errands.due(ErrandKind::remind), std::nullopt) << "a CA renews it";
  EXPECT_EQ(errands.due(ErrandKind::begin_spare), std::nullopt) << "nobody may issue one";
  // The renewal goes before the look when both are due.
  EXPECT_EQ(errands.first_due(*name.looks.next), ErrandKind::look);
  EXPECT_EQ(errands.first_due(name.row.renew_at), ErrandKind::begin_renewal);
}

TEST(Errands, OfARenewalAreItsStepsAndTheLooksButNeitherTheNextOneNorTheWindow) {
  auto name = renewed();
  name.looks.next = kNow;
  const Errands errands{name, kAutomatic};
  EXPECT_EQ(errands.first_due(kNow), ErrandKind::advance);
  EXPECT_EQ(errands.first_due(kNow, true), ErrandKind::look) << "its order waits for room";
  EXPECT_EQ(errands.next_beside_order(), kNow);
  EXPECT_EQ(errands.due(ErrandKind::begin_renewal), std::nullopt);
  EXPECT_EQ(errands.due(ErrandKind::ask_window), std::nullopt);
}

TEST(Errands, OfWhatIsLoadedButNotSeenIsTheNextRenewalToo) {
  auto name = served();
  name.row.step = Step::loaded;
  name.row.next_try = kNow + minutes{1};
  EXPECT_EQ(Errands(name, kAutomatic).due(ErrandKind::begin_renewal), name.row.renew_at);
}

TEST(Errands, ASpareThatIsBeingMadeHoldsUpNothing) {
  auto name = making_spare();
  EXPECT_EQ(Errands(name, kAutomatic).next_beside_order(), name.looks.next);
  name.window_poll.next = kNow - minutes{1};
  EXPECT_EQ(Errands(name, kAutomatic).first_due(kNow, true), ErrandKind::ask_window);
  name.row.renew_at = kNow;
  EXPECT_EQ(Errands(name, kAutomatic).first_due(kNow), ErrandKind::begin_renewal) << "before the next step of the spare";
}

TEST(Errands, ASpareIsBegunWhereOneIsPossible) {
  auto facts = kAutomatic;
  facts.spare_possible = true;
  auto name = served();
  name.row.spare_at = kNow - hours{1};
  EXPECT_EQ(Errands(name, facts).first_due(kNow), ErrandKind::begin_spare);
  name.spare = certificate(days{10}, "second");
  EXPECT_EQ(Errands(name, facts).due(ErrandKind::begin_spare), kNow + days{50}) << "two thirds of its life";
  name.spare->validity = {name.current->validity.not_before + hours{1}, name.current->validity.not_after + hours{1}};
  EXPECT_EQ(Errands(name, facts).due(ErrandKind::begin_spare), kNow) << "half-way, or the two would end together";
  name.spare->issuer = "first";
  EXPECT_EQ(Errands(name, facts).due(ErrandKind::begin_spare), name.row.spare_at) << "one of the same issuer is none";
  name.row.step = Step::loaded;
  EXPECT_EQ(Errands(name, facts).due(ErrandKind::begin_spare), std::nullopt) << "first what is served has to be seen";
}

TEST(Errands, TheSpareTakesOverInTheLastTwentieth) {
  auto name = served();
  name.spare = certificate(days{10}, "second");
  const auto end = name.current->validity.not_after;
  EXPECT_EQ(Errands(name, kAutomatic).due(ErrandKind::swap_in_spare), end - Duration{days{90}} / 20);
  name.spare->rank = Rank::own;
  EXPECT_EQ(Errands(name, kAutomatic).due(ErrandKind::swap_in_spare), end) << "it is trusted by fewer";
  name.spare->validity.not_after = end;
  EXPECT_EQ(Errands(name, kAutomatic).due(ErrandKind::swap_in_spare), std::nullopt) << "it ends no later";
}

TEST(Errands, TheSpareTakesOverEarlierFromWhatWasRevokedAndFromWhatIsGone) {
  auto name = renewed();
  name.spare = certificate(days{10}, "second");
  name.row.window = RenewalWindow{"ari", kNow - hours{2}, kNow - hours{1}, 0};
  name.row.failures = kAutomatic.failures_before_next - 1;
  EXPECT_GT(Errands(name, kAutomatic).due(ErrandKind::swap_in_spare), kNow);
  ++name.row.failures;
  EXPECT_EQ(Errands(name, kAutomatic).due(ErrandKind::swap_in_spare), kNow - hours{1});
  name.current.reset();
  EXPECT_EQ(Errands(name, kAutomatic).first_due(kNow), ErrandKind::swap_in_spare);
  name.row.step = Step::stored;
  EXPECT_EQ(Errands(name, kAutomatic).first_due(kNow), ErrandKind::advance) << "another one is there already";
}

TEST(Errands, WhatIsNotValidYetIsReplacedByTheSpareOrAnEarlierOne) {
  auto name = served();
  name.current = certificate(-hours{1});
  EXPECT_EQ(Errands(name, kAutomatic).first_due(kNow), ErrandKind::look_back);
  name.spare = certificate(days{1}, "second");
  EXPECT_EQ(Errands(name, kAutomatic).first_due(kNow), ErrandKind::swap_in_spare);
  name.spare.reset();
  name.looked_back = true;
  EXPECT_EQ(Errands(name, kAutomatic).first_due(kNow), std::nullopt);
}

TEST(Errands, WhatIsWrongIsReportedOnceAndAgainAfterTheDatabaseRefused) {
  auto name = renewed();
  name.row.next_try = kNow + hours{1};
  name.current = certificate(days{91});
  EXPECT_EQ(Errands(name, kAutomatic).first_due(kNow), ErrandKind::report_expired);
  name.reported.expired = true;
  EXPECT_EQ(Errands(name, kAutomatic).first_due(kNow), ErrandKind::report_late);
  name.reported.again_from = kNow + minutes{1};
  EXPECT_EQ(Errands(name, kAutomatic).first_due(kNow), std::nullopt);
  EXPECT_EQ(Errands(name, kAutomatic).next(), kNow + minutes{1});
  name.reported.late = true;
  EXPECT_EQ(Errands(name, kAutomatic).next(), name.looks.next);
}

TEST(Errands, APersonIsRemindedOfWhatNobodyElseRenews) {
  NameState name;
  name.row.added = kNow;
  EXPECT_EQ(Errands(name, kByHand).next(), kNow) << "no issuer may issue for it: somebody has to know now";
  name.row.name_options = kManualIssuer;
  EXPECT_EQ(Errands(name, kByHand).next(), kNow + days{1}) << "whoever chose to do it by hand has a day";
  name.row.reminded = kNow + days{1};
  EXPECT_EQ(Errands(name, kByHand).next(), kNow + days{8});
  name = served();
  const Errands errands{name, kByHand};
  EXPECT_TRUE(errands.due(ErrandKind::remind));
  for (const auto kind : {ErrandKind::begin_renewal, ErrandKind::report_late, ErrandKind::ask_window})
    EXPECT_EQ(errands.due(kind), std::nullopt);
  EXPECT_EQ(errands.due(ErrandKind::report_expired), name.current->validity.not_after);
}

TEST(Errands, APersonIsRemindedOfWhatTheyBroughtInAlsoBeforeItWasSeen) {
  auto name = served();
  name.row.name_options = name.row.issuer = kManualIssuer;
  name.row.step = Step::loaded;
  name.current = certificate(days{80});
  EXPECT_TRUE(Errands(name, kByHand).due(ErrandKind::remind));
  name.row.step = Step::stored;
  EXPECT_FALSE(Errands(name, kByHand).due(ErrandKind::remind)) << "it is put in place in a moment";
}

TEST(Errands, NothingIsDoneWhileAnotherNodeWorksOnTheName) {
  auto name = renewed();
  name.looks.next = kNow;
  name.rest_until = kNow + minutes{1};
  EXPECT_EQ(Errands(name, kAutomatic).next(), kNow + minutes{1});
  EXPECT_EQ(Errands(name, kAutomatic).next_beside_order(), kNow + minutes{1});
}

TEST(Plan, WhatEndsFirstIsMostUrgentAndWhatHasNothingToLoseLeast) {
  auto name = served();
  EXPECT_EQ(plan_of(name, kAutomatic, true).urgency, name.current->validity.not_after);
  NameState fresh;
  fresh.row.added = kNow;
  EXPECT_EQ(plan_of(fresh, kAutomatic, true).urgency, kNow + days{3});
  fresh.row.failures = 1;
  EXPECT_EQ(plan_of(fresh, kAutomatic, true).urgency, Time::max() - Duration{1});
  auto spare = making_spare();
  EXPECT_EQ(plan_of(spare, kAutomatic, true).urgency, Time::max());
  spare.row.renew_at = kNow;
  EXPECT_EQ(plan_of(spare, kAutomatic, true).urgency, spare.current->validity.not_after) << "what is served is to be renewed";
}

TEST(Plan, AStepKeepsItsIssuerBusyAndALookNobody) {
  EXPECT_EQ(plan_of(renewed(), kAutomatic, true).issuer, "first");
  EXPECT_EQ(plan_of(served(), kAutomatic, true).issuer, "");
  auto loaded = renewed();
  loaded.row.step = Step::loaded;
  EXPECT_EQ(plan_of(loaded, kAutomatic, true).issuer, "") << "it is looked at";
}

TEST(Plan, AnOrderIsWantedOnceAndOfAnIssuerThatTakesThem) {
  auto name = renewed();
  const auto order = plan_of(name, kAutomatic, true).order;
  ASSERT_TRUE(order);
  EXPECT_EQ(order->issuer, "first");
  EXPECT_EQ(order->due, name.row.next_try);
  EXPECT_EQ(order->kind, OrderKind::renewal) << "it names what it replaces";
  EXPECT_FALSE(plan_of(name, kAutomatic, false).order) << "the local CA counts none";
  name.row.without_replaces = true;
  EXPECT_EQ(plan_of(name, kAutomatic, true).order->kind, OrderKind::fresh);
  name.attempt.admitted = true;
  EXPECT_FALSE(plan_of(name, kAutomatic, true).order) << "there is room for it already";
}

TEST(Errands, StepsFollowEachOther) {
  std::vector<std::string_view> names;
  for (auto step = Step::due; step != Step::seen;) names.push_back(name_of(step = step_after(step)));
  EXPECT_THAT(names, ::testing::ElementsAre("ordered", "validated", "issued", "stored", "loaded", "seen"));
}

TEST(Plans, NamesWithoutACertificateGoBeforeSparesWhateverHasFailed) {
  NameState fresh;
  fresh.row.name = "new.example.org";
  fresh.row.step = Step::due;
  fresh.row.issuer = "first";
  fresh.row.added = fresh.row.next_try = kNow;
  auto failing = fresh;
  failing.row.failures = 7;
  const auto spare = plan_of(making_spare(), kAutomatic, true);
  EXPECT_LT(plan_of(fresh, kAutomatic, true).urgency, plan_of(failing, kAutomatic, true).urgency);
  EXPECT_LT(plan_of(failing, kAutomatic, true).urgency, spare.urgency);
  auto facts = kAutomatic;
  facts.other_issuers = {"first", "second"};
  EXPECT_THAT(plan_of(fresh, facts, true).order->others, ::testing::ElementsAre("second"));
  EXPECT_TRUE(plan_of(renewed(), facts, true).order->others.empty()) << "a renewal replaces a certificate of its own issuer";
  EXPECT_TRUE(plan_of(making_spare(), facts, true).order->others.empty());
}

}  // namespace
}  // namespace carillon::certs
