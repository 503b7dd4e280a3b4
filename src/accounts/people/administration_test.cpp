// Putting people out: who may, whom it must not leave without anybody, and that it takes effect at once.

#include "accounts/access/secrets.hpp"
#include "accounts/people/accounts.hpp"
#include "accounts/store/contacts.hpp"
#include "accounts/store/devices.hpp"
#include "accounts/testing/world.hpp"
#include "crypto/totp.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace carillon::accounts {
namespace {

using testing::AccountsWorld;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;

constexpr const char* kPassword = "the tide waits for nobody";
constexpr const char* kEmail = "ada@example.org";

class AdministrationTest : public ::testing::Test, protected AccountsWorld {
 protected:
  AdministrationTest() {
    owner_ = member("owner@example.org", "default", Role::owner);
    ada_ = person_with_password(kEmail, kPassword, "default", Role::producer).id;
  }
  Person make_operator(const std::string& email) {
    return wait(accounts().people.create(the_operator(), email, "", true, {}, {})).value().person;
  }
  Caller as_operator(const Person& person) { return Caller::person(person.id, person.email, true, {}); }
  auto disable(const Caller& by, const std::string& id, bool disabled = true) {
    return wait(accounts().administration.edit(by, id, {.disabled = disabled, .is_operator = {}}));
  }
  std::string token(std::vector<std::string> scopes = {}) {
    return wait(accounts().tokens.create(the_operator(), ada_, "a program", std::move(scopes), {})).value().secret;
  }
  std::vector<std::string> acts() {
    std::vector<std::string> all;
    for (const auto& line : wait(accounts().networks.audit({}, "", 100)).value()) all.push_back(line.act.what);
    return all;
  }

  Caller owner_ = Caller::nobody();
  std::string ada_;
};

TEST_F(AdministrationTest, WhoeverIsDisabledIsOutAtOnceAndInEveryWay) {
  const auto session = *sign_in(kEmail, kPassword).signed_in;
  const auto program = token();
  const auto reset = wait(accounts().links.reset_password(kEmail, "")).value().link.value();
  ASSERT_TRUE(disable(owner_, ada_)->disabled);
  EXPECT_FALSE(wait(accounts().callers.with_session(session.secret, false, "", "")).value().is_known());
  EXPECT_FALSE(wait(accounts().callers.with_token(program, "")).value().is_known());
  EXPECT_EQ(outcome_of(kEmail, kPassword), SignIn::Outcome::wrong) << "the answer says nothing of the account";
  EXPECT_EQ(wait(accounts().links.find(reset.secret)).error().kind, ErrorKind::not_found);
  EXPECT_EQ(use_link(reset.secret, "another long password").error().kind, ErrorKind::not_found);
  EXPECT_FALSE(wait(accounts().links.reset_password(kEmail, "")).value().link) << "no way back in by mail";
  EXPECT_THAT(departed_now(database()).value(), Contains(kEmail));
  ASSERT_TRUE(disable(owner_, ada_, false));
  EXPECT_EQ(outcome_of(kEmail, kPassword), SignIn::Outcome::signed_in);
  EXPECT_FALSE(wait(accounts().callers.with_token(program, "")).value().is_known()) << "what ended stays ended";
  EXPECT_THAT(departed_now(database()).value(), IsEmpty());
  EXPECT_THAT(acts(), Contains("person.disable"));
  EXPECT_THAT(acts(), Contains("person.enable"));
}

TEST_F(AdministrationTest, AnInvitationLetsNobodyInWhoIsDisabled) {
  ASSERT_TRUE(wait(accounts().networks.create(the_operator(), "harbour", "Harbour")));
  const auto before = wait(accounts().invitations.invite(the_operator(), kEmail, "harbour", Role::owner)).value();
  ASSERT_TRUE(disable(owner_, ada_));
  EXPECT_EQ(use_link(before.secret, "another long password").error().kind, ErrorKind::not_found);
  const auto manager = member("manager@example.org", "harbour", Role::owner);
  const auto after = wait(accounts().invitations.invite(manager, kEmail, "harbour", Role::owner)).value();
  EXPECT_EQ(use_link(after.secret, "another long password").error().kind, ErrorKind::not_found);
}

TEST_F(AdministrationTest, WhoeverIsDeletedIsGoneAndWhatTheyDidIsNot) {
  const auto session = *sign_in(kEmail, kPassword).signed_in;
  ASSERT_TRUE(wait(accounts().administration.remove(owner_, ada_)));
  EXPECT_FALSE(wait(accounts().callers.with_session(session.secret, false, "", "")).value().is_known());
  EXPECT_EQ(wait(accounts().people.find(ada_)).error().kind, ErrorKind::not_found);
  EXPECT_EQ(wait(accounts().administration.remove(owner_, ada_)).error().kind, ErrorKind::not_found);
  EXPECT_EQ(outcome_of(kEmail, kPassword), SignIn::Outcome::wrong);
  EXPECT_THAT(departed_now(database()).value(), Contains(kEmail));
  EXPECT_THAT(acts(), Contains("session.create")) << "the trail stays";
  EXPECT_THAT(acts(), Contains("person.delete"));
  // The address is free again, for somebody new.
  ASSERT_TRUE(wait(accounts().people.create(the_operator(), kEmail, "", false, {}, {})));
  EXPECT_THAT(departed_now(database()).value(), IsEmpty());
}

TEST_F(AdministrationTest, AnOwnerReachesOnlyWhoBelongsToNobodyElse) {
  ASSERT_TRUE(wait(accounts().networks.create(the_operator(), "harbour", "Harbour")));
  const auto stranger = member("stranger@example.org", "harbour", Role::owner);
  const auto link = wait(accounts().invitations.invite(stranger, kEmail, "harbour", Role::analyst)).value();
  ASSERT_TRUE(use_link(link.secret, {}, Caller::person(ada_, kEmail, false, {})));
  const auto boss = make_operator("boss@example.org");
  ASSERT_TRUE(wait(accounts().people.set_role(the_operator(), "default", boss.id, Role::analyst)));
  for (const auto& id : {ada_, boss.id}) {
    EXPECT_EQ(disable(owner_, id).error().kind, ErrorKind::refused);
    EXPECT_EQ(wait(accounts().administration.remove(owner_, id)).error().kind, ErrorKind::refused);
    EXPECT_EQ(wait(accounts().administration.end_sessions(owner_, id)).error().kind, ErrorKind::refused);
    EXPECT_EQ(wait(accounts().administration.reset_second_factor(owner_, id)).error().kind, ErrorKind::refused);
    EXPECT_EQ(wait(accounts().administration.sessions_of(owner_, id)).error().kind, ErrorKind::refused);
    EXPECT_EQ(wait(accounts().administration.tokens_of(owner_, id)).error().kind, ErrorKind::refused);
    EXPECT_EQ(wait(accounts().administration.remove_token(owner_, id, "any")).error().kind, ErrorKind::refused);
  }
  EXPECT_TRUE(disable(the_operator(), ada_)) << "operators reach everybody";
}

TEST_F(AdministrationTest, WhatACallerSeesOfAPersonIsANetworkOfBoth) {
  ASSERT_TRUE(wait(accounts().networks.create(the_operator(), "harbour", "Harbour")));
  const auto stranger = member("stranger@example.org", "harbour", Role::owner);
  EXPECT_EQ(wait(accounts().people.network_shared_with(owner_, ada_)).value(), "default");
  EXPECT_EQ(wait(accounts().people.network_shared_with(the_operator(), ada_)).value(), "");
  EXPECT_EQ(wait(accounts().people.network_shared_with(stranger, ada_)).value(), std::nullopt);
  EXPECT_EQ(wait(accounts().people.network_shared_with(the_operator(), "nothing")).value(), std::nullopt);
}

TEST_F(AdministrationTest, TheLastOperatorStaysAndOnlyOperatorsMakeOperators) {
  const auto boss = make_operator("boss@example.org");
  const auto demote = [&](const Caller& by, const std::string& id, bool is_operator = false) {
    return wait(accounts().administration.edit(by, id, {.disabled = {}, .is_operator = is_operator}));
  };
  EXPECT_EQ(demote(as_operator(boss), boss.id).error().kind, ErrorKind::conflict);
  EXPECT_EQ(disable(as_operator(boss), boss.id).error().kind, ErrorKind::conflict);
  EXPECT_THAT(wait(accounts().administration.remove(the_operator(), boss.id)).error().message, HasSubstr("someone else"));
  EXPECT_EQ(demote(owner_, ada_, true).error().kind, ErrorKind::refused);
  const auto second = make_operator("second@example.org");
  ASSERT_TRUE(disable(the_operator(), second.id));
  EXPECT_EQ(demote(the_operator(), boss.id).error().kind, ErrorKind::conflict) << "one who is locked out does not count";
  ASSERT_TRUE(disable(the_operator(), second.id, false));
  ASSERT_TRUE(demote(the_operator(), boss.id));
  EXPECT_FALSE(wait(accounts().people.find(boss.id)).value().is_operator);
  EXPECT_THAT(operators_now(database()).value(), ::testing::ElementsAre("second@example.org"));
}

TEST_F(AdministrationTest, TheLastOwnerOfANetworkStaysAndTheNetworkIsNamed) {
  for (const auto& refused :
       {disable(the_operator(), owner_.id()).error(), wait(accounts().administration.remove(owner_, owner_.id())).error()}) {
    EXPECT_EQ(refused.kind, ErrorKind::conflict);
    EXPECT_THAT(refused.message, HasSubstr("“default”"));
  }
  const auto other = member("other@example.org", "default", Role::owner);
  ASSERT_TRUE(disable(owner_, other.id()));
  EXPECT_EQ(disable(owner_, owner_.id()).error().kind, ErrorKind::conflict) << "one who is locked out does not count";
  EXPECT_EQ(wait(accounts().people.set_role(owner_, "default", owner_.id(), Role::manager)).error().kind, ErrorKind::conflict);
  ASSERT_TRUE(disable(owner_, other.id(), false));
  ASSERT_TRUE(wait(accounts().administration.remove(owner_, owner_.id())));
}

TEST_F(AdministrationTest, SessionsAndTokensOfOthersAreSeenAndEnd) {
  const auto session = *sign_in(kEmail, kPassword).signed_in;
  const auto program = token({"view"});
  ASSERT_EQ(wait(accounts().administration.sessions_of(owner_, ada_)).value().size(), 1U);
  EXPECT_EQ(wait(accounts().administration.end_sessions(owner_, ada_)).value(), 1U);
  EXPECT_FALSE(wait(accounts().callers.with_session(session.secret, false, "", "")).value().is_known());
  EXPECT_TRUE(wait(accounts().callers.with_token(program, "")).value().is_known()) << "only sessions were meant";
  const auto tokens = wait(accounts().administration.tokens_of(owner_, ada_)).value();
  ASSERT_EQ(tokens.size(), 1U);
  EXPECT_EQ(wait(accounts().administration.remove_token(owner_, owner_.id(), tokens[0].id)).error().kind, ErrorKind::not_found)
      << "it is not theirs";
  ASSERT_TRUE(wait(accounts().administration.remove_token(owner_, ada_, tokens[0].id)));
  EXPECT_FALSE(wait(accounts().callers.with_token(program, "")).value().is_known());
}

TEST_F(AdministrationTest, WhoseSessionsAnOperatorEndsHasNoKnownDevice) {
  const auto signed_in = *sign_in(kEmail, kPassword).signed_in;
  const auto known = [&] {
    return database()
        .read_now(
            [&](db::Session& session) -> Result<bool> { return queries::device_with(session, digest_of(signed_in.device)).has_value(); })
        .value();
  };
  ASSERT_TRUE(known());
  ASSERT_TRUE(wait(accounts().administration.end_sessions(owner_, ada_)));
  EXPECT_FALSE(known()) << "it may be in other hands";
}

TEST_F(AdministrationTest, ALostSecondFactorIsReset) {
  EXPECT_EQ(wait(accounts().administration.reset_second_factor(owner_, ada_)).error().kind, ErrorKind::conflict);
  carillon::testing::SeededRandom random{7};
  const auto secret = crypto::new_totp_secret(random);
  const auto step = std::chrono::duration_cast<std::chrono::seconds>(clock().now().time_since_epoch()).count() / 30;
  const auto session = *sign_in(kEmail, kPassword).signed_in;
  const auto known = wait(accounts().callers.with_session(session.secret, false, "", "")).value();
  const auto proof = wait(accounts().self.confirm(known, kPassword, {}, false)).value().confirmed.value();
  const auto codes = wait(accounts().self.set_second_factor(known, proof, secret, crypto::totp_code(secret, step))).value();
  ASSERT_EQ(outcome_of(kEmail, kPassword), SignIn::Outcome::code_needed);
  ASSERT_TRUE(wait(accounts().administration.reset_second_factor(owner_, ada_)));
  EXPECT_FALSE(wait(accounts().callers.with_session(session.secret, false, "", "")).value().is_known());
  EXPECT_EQ(outcome_of(kEmail, kPassword), SignIn::Outcome::signed_in);
}

TEST_F(AdministrationTest, AnInvitationIsNoWayBackForWhoWasTakenOut) {
  const auto guest = wait(accounts().invitations.invite(owner_, "guest@example.org", "default", Role::analyst)).value();
  ASSERT_TRUE(wait(accounts().people.create(the_operator(), "guest@example.org", "", false, "default", Role::analyst)));
  const auto id = wait(accounts().people.with_email("guest@example.org")).value().id;
  ASSERT_TRUE(wait(accounts().people.set_role(owner_, "default", id, {})));
  EXPECT_EQ(wait(accounts().links.find(guest.secret)).error().kind, ErrorKind::not_found);
}

/// Whatever ends is heard by whoever is open at that moment, and only by them.
TEST_F(AdministrationTest, WhatIsTakenAwayIsToldToWhatIsOpen) {
  const auto session = *sign_in(kEmail, kPassword).signed_in, other = *sign_in(kEmail, kPassword).signed_in;
  const auto program = token({"view"});
  const auto by_session = [&](const SignedIn& one) { return wait(accounts().callers.with_session(one.secret, false, "", "")).value(); };
  struct Open {
    std::shared_ptr<int> lost = std::make_shared<int>(0);
    std::unique_ptr<Revocations::Watch> watch;
  };
  const auto open = [&](const Caller& caller) {
    Open made;
    made.watch = accounts().revocations.watch(caller, [lost = made.lost] { ++*lost; });
    return made;
  };
  const auto first = open(by_session(session)), second = open(by_session(other));
  const auto third = open(wait(accounts().callers.with_token(program, "")).value());
  const auto owners = open(owner_);
  ASSERT_TRUE(wait(accounts().sessions.end(by_session(session), session.session.id)));
  EXPECT_EQ((std::array{*first.lost, *second.lost, *third.lost}), (std::array{1, 0, 0}));
  ASSERT_TRUE(
      wait(accounts().administration.remove_token(owner_, ada_, wait(accounts().administration.tokens_of(owner_, ada_)).value().at(0).id)));
  EXPECT_EQ((std::array{*second.lost, *third.lost}), (std::array{0, 1}));
  ASSERT_TRUE(wait(accounts().people.set_role(owner_, "default", ada_, Role::analyst)));
  EXPECT_EQ(*second.lost, 1) << "another role is heard with another stream";
  ASSERT_TRUE(disable(owner_, ada_));
  EXPECT_EQ(*second.lost, 2);
  EXPECT_EQ(*owners.lost, 0);
}

/// Between finding out who asks and watching over them lies a moment, too.
TEST_F(AdministrationTest, WhatWasTakenAwayJustBeforeIsToldAtOnce) {
  const auto session = *sign_in(kEmail, kPassword).signed_in;
  const auto caller = wait(accounts().callers.with_session(session.secret, false, "", "")).value();
  ASSERT_TRUE(disable(owner_, ada_));
  bool lost = false;
  const auto late = accounts().revocations.watch(caller, [&] { lost = true; });
  EXPECT_TRUE(lost);
}

TEST_F(AdministrationTest, ATokenWithoutTheScopeActsAsNoOperatorAndNoOwner) {
  const auto limited = [](Caller caller, std::set<std::string, std::less<>> scopes) {
    caller.scopes = std::move(scopes);
    return caller;
  };
  const auto op = as_operator(make_operator("op@example.org"));
  const auto narrow = limited(op, {"own", "manage"});
  EXPECT_EQ(wait(accounts().administration.edit(narrow, ada_, {.disabled = {}, .is_operator = true})).error().kind, ErrorKind::refused);
  EXPECT_EQ(disable(narrow, op.id()).error().kind, ErrorKind::refused) << "operators are out of an owner's reach";
  EXPECT_EQ(disable(narrow, ada_).error().kind, ErrorKind::refused) << "a token without “operate” is nobody in this network";
  EXPECT_EQ(wait(accounts().administration.reset_second_factor(narrow, owner_.id())).error().kind, ErrorKind::refused);
  EXPECT_EQ(wait(accounts().people.network_shared_with(narrow, ada_)).value(), std::nullopt);
  const auto other = member("other@example.org", "default", Role::analyst).id();
  EXPECT_TRUE(wait(accounts().administration.edit(limited(op, {"operate"}), other, {.disabled = {}, .is_operator = true})));
  for (const auto& manages : {limited(op, {"manage"}), limited(owner_, {"manage"})}) {
    EXPECT_EQ(wait(accounts().people.set_role(manages, "default", ada_, Role::owner)).error().kind, ErrorKind::refused);
    EXPECT_EQ(wait(accounts().people.set_role(manages, "default", owner_.id(), Role::analyst)).error().kind,
              manages.id() == owner_.id() ? ErrorKind::conflict : ErrorKind::refused);
    EXPECT_EQ(wait(accounts().invitations.invite(manages, "new@example.org", "default", Role::owner)).error().kind, ErrorKind::refused);
    const auto invited = wait(accounts().invitations.invite(manages, "new@example.org", "default", Role::producer));
    EXPECT_EQ(invited.has_value(), manages.id() == owner_.id());
  }
  EXPECT_TRUE(wait(accounts().people.set_role(limited(owner_, {"manage", "own"}), "default", ada_, Role::owner)));
}

TEST_F(AdministrationTest, AnAccountThatNobodyEverGotIntoIsNotCounted) {
  const auto in_default = person_with_password("real@example.org", kPassword, "default", Role::owner);
  ASSERT_TRUE(wait(accounts().administration.edit(the_operator(), in_default.id, {.disabled = {}, .is_operator = true})));
  const auto ghost = make_operator("ghost@example.org");
  const auto demote = [&](const std::string& id) {
    return wait(accounts().administration.edit(the_operator(), id, {.disabled = {}, .is_operator = false}));
  };
  EXPECT_EQ(demote(in_default.id).error().kind, ErrorKind::conflict);
  EXPECT_EQ(disable(the_operator(), in_default.id).error().kind, ErrorKind::conflict);
  EXPECT_EQ(wait(accounts().administration.remove(the_operator(), in_default.id)).error().kind, ErrorKind::conflict);
  EXPECT_EQ(wait(accounts().people.set_role(the_operator(), "default", in_default.id, Role::analyst)).error().kind, ErrorKind::conflict)
      << "owner@example.org never accepted";
  EXPECT_TRUE(demote(ghost.id)) << "who can sign in is left";
  ASSERT_TRUE(wait(accounts().administration.edit(the_operator(), ada_, {.disabled = {}, .is_operator = true})));
  EXPECT_TRUE(demote(in_default.id));
}

TEST_F(AdministrationTest, InvitationsEndWithWhoSentThem) {
  const auto invitation = [&](const Caller& by, Role role) {
    static int number = 0;
    return wait(accounts().invitations.invite(by, "new" + std::to_string(++number) + "@example.org", "default", role)).value();
  };
  const auto works = [&](const OneTimeLink& link) { return wait(accounts().links.find(link.secret)).has_value(); };
  const auto second = member("second@example.org", "default", Role::owner), third = member("third@example.org", "default", Role::owner),
             fourth = member("fourth@example.org", "default", Role::owner), fifth = member("fifth@example.org", "default", Role::owner);
  const auto kept = invitation(owner_, Role::owner), machines = invitation(the_operator(), Role::owner);
  const auto disabled = invitation(second, Role::producer), deleted = invitation(third, Role::producer);
  const auto left = invitation(fourth, Role::producer);
  const auto owners = invitation(fifth, Role::owner), producers = invitation(fifth, Role::producer);
  ASSERT_TRUE(disable(the_operator(), second.id()));
  ASSERT_TRUE(wait(accounts().administration.remove(the_operator(), third.id())));
  ASSERT_TRUE(wait(accounts().people.set_role(the_operator(), "default", fourth.id(), {})));
  ASSERT_TRUE(wait(accounts().people.set_role(the_operator(), "default", fifth.id(), Role::manager)));
  EXPECT_FALSE(works(disabled));
  EXPECT_FALSE(works(deleted));
  EXPECT_FALSE(works(left));
  EXPECT_FALSE(works(owners)) << "a manager makes no owner";
  EXPECT_TRUE(works(producers));
  EXPECT_TRUE(works(kept));
  EXPECT_TRUE(works(machines));
  const auto op = make_operator("op@example.org");
  make_operator("op2@example.org");
  const auto sent = invitation(as_operator(op), Role::owner);
  const auto handed = wait(accounts().links.make_password_link(as_operator(op), ada_)).value();
  const auto asked = wait(accounts().links.reset_password(kEmail, "")).value().link.value();
  ASSERT_TRUE(wait(accounts().administration.edit(the_operator(), op.id, {.disabled = {}, .is_operator = false})));
  EXPECT_FALSE(works(sent));
  EXPECT_FALSE(works(handed)) << "whoever made it may know it";
  EXPECT_TRUE(works(asked));
}

TEST_F(AdministrationTest, WhoMayNotGiveARoleTakesBackNoInvitationToIt) {
  const auto manager = member("m@example.org", "default", Role::manager);
  const auto link = wait(accounts().invitations.invite(owner_, "big@example.org", "default", Role::owner)).value();
  EXPECT_EQ(wait(accounts().invitations.withdraw(manager, link.id)).error().kind, ErrorKind::refused);
  EXPECT_EQ(wait(accounts().invitations.invite(manager, "big@example.org", "default", Role::analyst)).error().kind, ErrorKind::refused);
  EXPECT_TRUE(wait(accounts().links.find(link.secret))) << "it still works";
  const auto small = wait(accounts().invitations.invite(owner_, "small@example.org", "default", Role::producer)).value();
  EXPECT_TRUE(wait(accounts().invitations.withdraw(manager, small.id)));
  EXPECT_TRUE(wait(accounts().invitations.withdraw(owner_, link.id)));
}

TEST_F(AdministrationTest, WhoeverHadAnAddressBeforeHasLeftForGood) {
  const auto left = [&](Time since) { return has_left_now(database(), "Ada@example.org", since).value(); };
  const auto before = clock().now();
  clock().advance(1min);
  EXPECT_FALSE(left(before));
  EXPECT_FALSE(has_left_now(database(), "steward@example.org", before).value()) << "who never had an account did not leave";
  ASSERT_TRUE(disable(owner_, ada_));
  EXPECT_TRUE(left(before));
  ASSERT_TRUE(disable(owner_, ada_, false));
  EXPECT_FALSE(left(before)) << "it is the same person again";
  ASSERT_TRUE(wait(accounts().administration.remove(owner_, ada_)));
  EXPECT_TRUE(left(before));
  clock().advance(1min);
  member(kEmail, "default", Role::producer);
  EXPECT_TRUE(left(before)) << "this is somebody else";
  EXPECT_FALSE(left(clock().now()));
}

}  // namespace
}  // namespace carillon::accounts
