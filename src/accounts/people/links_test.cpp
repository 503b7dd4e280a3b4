// The links that let people in: what each proves, and what an attacker who holds one gets.

#include "accounts/people/accounts.hpp"
#include "accounts/store/settings.hpp"
#include "accounts/testing/world.hpp"

#include <gmock/gmock.h>

namespace carillon::accounts {
namespace {

using testing::AccountsWorld;
using ::testing::HasSubstr;
using namespace std::chrono_literals;
using enum SignIn::Outcome;

constexpr const char* kGood = "a long enough sentence";

class LinksTest : public ::testing::Test, protected AccountsWorld {
 protected:
  LinksTest() { EXPECT_TRUE(wait(accounts().networks.create(the_operator(), "harbour", "Harbour"))); }

  OneTimeLink invited(const std::string& email, const std::string& network = "default", Role role = Role::producer) {
    return wait(accounts().invitations.invite(the_operator(), email, network, role)).value();
  }
  People::NewPerson created(const std::string& email, bool is_operator = false) {
    return wait(accounts().people.create(the_operator(), email, "", is_operator, {}, {})).value();
  }
  Caller as(const std::string& email) {
    const auto person = wait(accounts().people.with_email(email)).value();
    return Caller::person(person.id, person.email, person.is_operator, person.roles);
  }
  OneTimeLink reset(const std::string& email) { return wait(accounts().links.reset_password(email, "192.0.2.0/24")).value().link.value(); }
  bool works(const OneTimeLink& link) { return wait(accounts().links.find(link.secret)).has_value(); }
};

TEST_F(LinksTest, OneAddressGetsFiveInvitationsInAnHourWhoeverInvites) {
  const auto waits = [&](const std::string& email) { return wait(accounts().invitations.count_to(email)).value(); };
  for (int i = 0; i < kMaxInvitationsPerHour; ++i) {
    EXPECT_EQ(waits(i % 2 ? "New@Example.org" : "new@example.org"), 0s);
    clock().advance(5min);
  }
  EXPECT_EQ(waits("new@example.org"), 35min) << "until the first of them is an hour old";
  EXPECT_EQ(waits("other@example.org"), 0s);
  clock().advance(35min);
  EXPECT_EQ(waits("new@example.org"), 0s);
  EXPECT_EQ(waits("new@example.org"), 5min);
  clock().advance(-24h * 365);
  EXPECT_EQ(waits("new@example.org"), 0s) << "a clock that was ahead keeps nobody out";
}

TEST_F(LinksTest, WhoeverIsDisabledIsInvitedInVain) {
  const auto gone = created("gone@example.org").person;
  ASSERT_TRUE(wait(accounts().administration.edit(the_operator(), gone.id, {.disabled = true, .is_operator = {}})));
  const auto refused = wait(accounts().invitations.invite(the_operator(), "gone@example.org", "default", Role::producer));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("carillon user enable gone@example.org"));
  const auto owner = member("o@example.org", "default", Role::owner);
  const auto link = wait(accounts().invitations.invite(owner, "gone@example.org", "default", Role::producer)).value();
  EXPECT_EQ(link.secret, "") << "there is nothing to mail";
  EXPECT_EQ(wait(accounts().invitations.list("default")).value().size(), 1U) << "and nothing to tell it from others by";
  EXPECT_FALSE(wait(accounts().invitations.make_link(the_operator(), link.id)));
}

TEST_F(LinksTest, WhoeverAsksForANewPasswordIsNobody) {
  created("ada@example.org");
  reset("ada@example.org");
  const auto line = wait(accounts().networks.audit({}, "", 1)).value().at(0);
  EXPECT_EQ(line.act.what, "password.reset_asked");
  EXPECT_EQ(line.act.subject, "ada@example.org");
  EXPECT_EQ(line.actor.name, "nobody");
  EXPECT_EQ(line.actor.address_prefix, "192.0.2.0/24");
}

TEST_F(LinksTest, AnInvitationMakesSomebodyNewOnce) {
  const auto owner = member("o@example.org", "default", Role::owner);
  const auto link = wait(accounts().invitations.invite(owner, "New@Example.org", "default", Role::producer)).value();
  EXPECT_EQ(link.email, "new@example.org");
  const auto note = wait(accounts().links.find(link.secret)).value();
  EXPECT_TRUE(note.needs_password);
  EXPECT_FALSE(note.needs_sign_in);
  const auto used = use_link(link.secret, kGood).value();
  EXPECT_EQ(used.person.roles.at("default"), Role::producer);
  EXPECT_TRUE(used.person.has_password);
  EXPECT_EQ(use_link(link.secret, kGood).error().kind, ErrorKind::not_found);
}

TEST_F(LinksTest, WhoChoosesAFirstPasswordIsSignedInAndWhoReplacesOneIsNot) {
  const auto link = invited("new@example.org", "harbour");
  EXPECT_EQ(link.network_name, "Harbour");
  EXPECT_EQ(wait(accounts().links.find(link.secret)).value().network_name, "Harbour");
  const auto used = wait(accounts().links.use(Caller::nobody(), link.secret, {}, kGood, "a browser")).value();
  ASSERT_TRUE(used.signed_in);
  EXPECT_EQ(wait(accounts().callers.with_session(used.signed_in->secret, false, "", "")).value().id(), used.person.id);
  EXPECT_FALSE(used.device.empty()) << "and the browser is known from now on";
  const auto first = created("first@example.org").link;
  EXPECT_TRUE(wait(accounts().links.use(Caller::nobody(), first.secret, {}, kGood, "a browser")).value().signed_in);
  const auto again =
      wait(accounts().links.use(Caller::nobody(), reset("new@example.org").secret, {}, "another sentence", "a browser")).value();
  EXPECT_TRUE(again.replaced_password);
  EXPECT_FALSE(again.signed_in) << "there may be a second factor";
}

TEST_F(LinksTest, AnInvitationSetsNoPasswordOfAnybodyWhoExists) {
  // An operator, somebody of another network, somebody of none: with a password or still without one.
  created("operator@example.org", true);
  person_with_password("operator2@example.org", "first password of op", "harbour", Role::producer);
  member("ada@example.org", "harbour", Role::producer);
  created("alone@example.org");
  const auto manager = member("m@example.org", "default", Role::manager);
  for (const auto* email :
       {"operator@example.org", "OPERATOR@example.org", "operator2@example.org", "ada@example.org", "alone@example.org"}) {
    const auto link = wait(accounts().invitations.invite(manager, email, "default", Role::analyst)).value();
    EXPECT_TRUE(wait(accounts().links.find(link.secret)).value().needs_sign_in) << email;
    for (const auto& by : {Caller::nobody(), manager, the_operator()}) {
      const auto refused = use_link(link.secret, kGood, by);
      ASSERT_FALSE(refused) << email;
      EXPECT_EQ(refused.error().kind, ErrorKind::refused) << email;
    }
    EXPECT_EQ(outcome_of(email, kGood), wrong) << email;
    clock().advance(1min);
    // It was not used up: the person it is for accepts it.
    const auto used = use_link(link.secret, kGood, as(link.email)).value();
    EXPECT_EQ(used.person.roles.at("default"), Role::analyst) << email;
    EXPECT_TRUE(used.device.empty());
    EXPECT_EQ(outcome_of(email, kGood), wrong) << email << ": also then it sets no password";
    clock().advance(1min);
    EXPECT_TRUE(wait(accounts().people.set_role(the_operator(), "default", used.person.id, {})));
  }
  EXPECT_EQ(outcome_of("operator2@example.org", "first password of op"), signed_in);
}

TEST_F(LinksTest, WhoIsSignedInAsSomebodyElseIsToldSo) {
  member("ada@example.org", "harbour", Role::producer);
  const auto link = invited("ada@example.org");
  const auto bo = member("bo@example.org", "harbour", Role::owner);
  EXPECT_THAT(use_link(link.secret, {}, bo).error().message, HasSubstr("signed in as “bo@example.org”"));
  EXPECT_THAT(use_link(link.secret, {}).error().message, HasSubstr("already has an account. Sign in"));
  auto token = as("ada@example.org");
  token.scopes.emplace(std::set<std::string, std::less<>>{"view"});
  EXPECT_FALSE(use_link(link.secret, {}, token)) << "a token that may only look joins nothing";
}

TEST_F(LinksTest, AnAccountThatWasMadeMeanwhileIsNotTakenOver) {
  const auto link = invited("new@example.org");
  const auto made = created("new@example.org");
  EXPECT_EQ(use_link(link.secret, kGood).error().kind, ErrorKind::refused);
  ASSERT_TRUE(use_link(made.link.secret, "the password of its owner"));
  EXPECT_TRUE(use_link(link.secret, {}, as("new@example.org")));
}

TEST_F(LinksTest, TwoInvitationsOfSomebodyNewMakeOnePerson) {
  const auto one = invited("new@example.org"), other = invited("new@example.org", "harbour", Role::owner);
  ASSERT_TRUE(use_link(one.secret, kGood));
  EXPECT_EQ(use_link(other.secret, "another long sentence").error().kind, ErrorKind::refused);
  const auto person = use_link(other.secret, {}, as("new@example.org")).value().person;
  EXPECT_EQ(person.roles.size(), 2U);
  EXPECT_EQ(outcome_of("new@example.org", kGood), signed_in);
}

TEST_F(LinksTest, WhatWasWithdrawnReplacedOrLeftBehindWorksNoMore) {
  const auto owner = member("o@example.org", "default", Role::owner);
  const auto withdrawn = invited("a@example.org");
  ASSERT_TRUE(wait(accounts().invitations.withdraw(owner, withdrawn.id)));
  EXPECT_FALSE(works(withdrawn));
  EXPECT_FALSE(wait(accounts().invitations.make_link(the_operator(), withdrawn.id)));

  const auto first = invited("b@example.org", "default", Role::owner), second = invited("B@example.org", "default", Role::analyst);
  EXPECT_FALSE(works(first)) << "or it would give back what was corrected";
  const auto handed = wait(accounts().invitations.make_link(the_operator(), second.id)).value();
  EXPECT_FALSE(works(second));
  EXPECT_EQ(wait(accounts().invitations.list("default")).value().size(), 1U);
  const auto person = use_link(handed.secret, kGood).value().person;
  EXPECT_EQ(person.roles.at("default"), Role::analyst);

  const auto unused = invited("b@example.org", "harbour");
  ASSERT_TRUE(wait(accounts().people.set_role(the_operator(), "default", person.id, {})));
  EXPECT_TRUE(works(unused));
  const auto again = invited("b@example.org");
  ASSERT_TRUE(use_link(again.secret, {}, as("b@example.org")));
  const auto spare = invited("c@example.org");
  EXPECT_TRUE(works(spare)) << "somebody else's";
}

TEST_F(LinksTest, WhoIsRemovedHasNoSecondInvitationInTheDrawer) {
  const auto link = invited("b@example.org");
  const auto made = created("b@example.org");
  const auto joined = use_link(link.secret, {}, as("b@example.org")).value().person;
  // Made while the role was there is refused; one that was made before it was given by other means must go with it.
  EXPECT_EQ(wait(accounts().invitations.invite(the_operator(), "b@example.org", "default", Role::owner)).error().kind, ErrorKind::conflict);
  ASSERT_TRUE(wait(accounts().people.set_role(the_operator(), "default", joined.id, {})));
  EXPECT_TRUE(wait(accounts().invitations.list("default")).value().empty());
}

TEST_F(LinksTest, ANetworkHasSoManyOpenInvitations) {
  for (std::size_t i = 0; i < kMaxOpenInvitations; ++i) invited("guest" + std::to_string(i) + "@example.org");
  EXPECT_EQ(wait(accounts().invitations.invite(the_operator(), "one-more@example.org", "default", Role::analyst)).error().kind,
            ErrorKind::conflict);
  EXPECT_TRUE(wait(accounts().invitations.invite(the_operator(), "guest0@example.org", "default", Role::analyst)))
      << "in place of the one there is";
  EXPECT_TRUE(wait(accounts().invitations.invite(the_operator(), "one-more@example.org", "harbour", Role::analyst)));
}

TEST_F(LinksTest, AnInvitationEndsAfterAWeek) {
  const auto link = invited("new@example.org");
  clock().advance(kInvitationLasts);
  EXPECT_EQ(wait(accounts().links.find(link.secret)).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(wait(accounts().invitations.list("default")).value().empty());
  EXPECT_FALSE(wait(accounts().invitations.make_link(the_operator(), link.id))) << "it ended";
}

TEST_F(LinksTest, AStrangerWhoAsksForAPasswordTakesNothingAway) {
  const auto made = created("operator@example.org", true);
  std::vector<OneTimeLink> mailed;
  for (std::size_t i = 0; i < kMaxOpenResets; ++i) mailed.push_back(reset("operator@example.org"));
  EXPECT_FALSE(wait(accounts().links.reset_password("operator@example.org", "198.51.100.0/24")).value().link) << "enough mails";
  EXPECT_TRUE(works(made.link));
  for (const auto& link : mailed) EXPECT_TRUE(works(link));
  const auto handed = wait(accounts().links.make_password_link(the_operator(), made.person.id)).value();
  EXPECT_TRUE(works(handed)) << "an operator's own link is none of these";
  ASSERT_TRUE(use_link(made.link.secret, kGood));
  for (const auto& link : mailed) EXPECT_FALSE(works(link)) << "the owner has chosen: nothing from before stays good";
  EXPECT_FALSE(works(handed));
  reset("operator@example.org");
  clock().advance(kResetLasts);
  EXPECT_TRUE(wait(accounts().links.reset_password("operator@example.org", "198.51.100.0/24")).value().link);
}

TEST_F(LinksTest, AskingForPasswordsIsSlowedDownPerAddressWhetherThereIsAnAccountOrNot) {
  created("ada@example.org");
  const auto first_pause = [&](const std::string& email, const std::string& from) {
    int asked = 0;
    while (wait(accounts().links.reset_password(email, from)).value().again_in == 0s) {
      if (++asked == 100) return asked;
    }
    return asked;
  };
  const auto known = first_pause("ada@example.org", "192.0.2.0/24"), unknown = first_pause("nobody@example.org", "198.51.100.0/24");
  EXPECT_EQ(known, unknown);
  EXPECT_LT(known, 100);
  EXPECT_EQ(wait(accounts().links.reset_password("ada@example.org", "203.0.113.0/24")).value().again_in, 0s) << "others are not slowed";
  EXPECT_EQ(wait(accounts().links.reset_password(std::string(300, 'x'), "203.0.113.0/24")).error().field, "email");
}

TEST_F(LinksTest, APasswordLinkIsForOneHourAndOnceAndEndsWhatWas) {
  person_with_password("ada@example.org", kGood, "default", Role::producer);
  const auto old = *sign_in("ada@example.org", kGood).signed_in;
  const auto link = reset("ada@example.org");
  EXPECT_EQ(use_link(link.secret, "short").error().field, "password");
  const auto used = use_link(link.secret, "a brand new sentence").value();
  EXPECT_TRUE(used.replaced_password);
  EXPECT_FALSE(wait(accounts().callers.with_session(old.secret, false, "", "")).value().is_known());
  EXPECT_EQ(outcome_of("ada@example.org", "a brand new sentence"), signed_in);
  const auto late = reset("ada@example.org");
  clock().advance(kResetLasts);
  EXPECT_FALSE(use_link(late.secret, "yet another sentence"));
}

TEST_F(LinksTest, TheOwnersNameAndAddressAreNoPassword) {
  const auto made = wait(accounts().people.create(the_operator(), "ada.tide@example.org", "Ada Waterside", false, {}, {})).value();
  for (const auto* bad : {"ada.tide@example.org", "Ada Waterside", "waterside-2026"})
    EXPECT_THAT(use_link(made.link.secret, bad).error().message, HasSubstr("little more than your name")) << bad;
  EXPECT_TRUE(use_link(made.link.secret, kGood));
}

TEST_F(LinksTest, TheLinkForTheFirstPersonIsWorthNothingOnceThereIsSomebody) {
  const auto kept = [&] {
    return database()
        .read_now([](db::Session& session) -> Result<std::optional<std::string>> { return queries::setting(session, "first_run"); })
        .value();
  };
  const auto link = wait(accounts().first_run.make_link()).value().value();
  ASSERT_TRUE(kept());
  EXPECT_FALSE(use_link(link, kGood)) << "it makes no person without a network and a name";
  created("ada@example.org");
  EXPECT_FALSE(kept()) << "not even when everybody is deleted again";
  EXPECT_FALSE(wait(accounts().first_run.is_link(link)).value());
}

TEST_F(LinksTest, AClockThatWasAheadLeavesNoLinkThatLastsForAYear) {
  created("ada@example.org");
  clock().advance(24h * 365);
  const auto link = reset("ada@example.org");
  const auto invitation = invited("new@example.org");
  clock().advance(-24h * 365);
  ASSERT_TRUE(sweep_now(database(), clock()));
  EXPECT_TRUE(works(link)) << "it has its hour";
  clock().advance(kResetLasts);
  EXPECT_FALSE(works(link));
  EXPECT_TRUE(works(invitation));
  clock().advance(kInvitationLasts);
  EXPECT_FALSE(works(invitation));
}

}  // namespace
}  // namespace carillon::accounts
