// Networks, people, roles, invitations: who may what, and that every act leaves its line.

#include "accounts/people/accounts.hpp"

#include "accounts/testing/world.hpp"

#include <gmock/gmock.h>

namespace carillon::accounts {
namespace {

using testing::AccountsWorld;
using ::testing::HasSubstr;

class AccountsTest : public ::testing::Test, protected AccountsWorld {};

TEST_F(AccountsTest, ANewDataFolderHoldsOneNetwork) {
  const auto networks = wait(accounts().networks.list(the_operator(), "", 10)).value();
  ASSERT_EQ(networks.size(), 1U);
  EXPECT_EQ(networks[0].slug, "default");
}

TEST_F(AccountsTest, PeopleSeeOnlyTheirNetworks) {
  ASSERT_TRUE(wait(accounts().networks.create(the_operator(), "harbour", "Harbour")));
  const auto ada = member("ada@example.org", "harbour", Role::producer);
  const auto networks = wait(accounts().networks.list(ada, "", 10)).value();
  ASSERT_EQ(networks.size(), 1U);
  EXPECT_EQ(networks[0].slug, "harbour");
  EXPECT_TRUE(ada.sees("harbour"));
  EXPECT_FALSE(ada.sees("default"));
  EXPECT_TRUE(ada.holds(Permission::publish, "harbour"));
  EXPECT_FALSE(ada.holds(Permission::publish, "default"));
  EXPECT_FALSE(ada.holds(Permission::manage, "harbour"));
  EXPECT_FALSE(ada.holds(Permission::operate, ""));
}

TEST_F(AccountsTest, ASlugIsTakenOnceAndRefusedWithAProposal) {
  ASSERT_TRUE(wait(accounts().networks.create(the_operator(), "harbour", "Harbour")));
  EXPECT_EQ(wait(accounts().networks.create(the_operator(), "harbour", "Other")).error().kind, ErrorKind::conflict);
  EXPECT_THAT(wait(accounts().networks.create(the_operator(), "Häfen & Co", "Other")).error().message, HasSubstr("hafen-co"));
}

TEST_F(AccountsTest, AManagerInvitesButNoOwner) {
  const auto manager = member("m@example.org", "default", Role::manager);
  EXPECT_TRUE(wait(accounts().invitations.invite(manager, "new@example.org", "default", Role::producer)));
  const auto refused = wait(accounts().invitations.invite(manager, "other@example.org", "default", Role::owner));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
}

TEST_F(AccountsTest, TheLastOwnerStays) {
  const auto owner = member("o@example.org", "default", Role::owner);
  EXPECT_EQ(wait(accounts().people.set_role(owner, "default", owner.id(), Role::manager)).error().kind, ErrorKind::conflict);
  EXPECT_EQ(wait(accounts().people.set_role(owner, "default", owner.id(), {})).error().kind, ErrorKind::conflict);
  const auto other = member("p@example.org", "default", Role::owner);
  EXPECT_TRUE(wait(accounts().people.set_role(owner, "default", owner.id(), Role::manager)));
}

TEST_F(AccountsTest, ARoleIsGivenOnlyToWhoeverHasOneThere) {
  ASSERT_TRUE(wait(accounts().networks.create(the_operator(), "harbour", "Harbour")));
  const auto owner = member("o@example.org", "default", Role::owner);
  const auto stranger = member("s@example.org", "harbour", Role::owner);
  EXPECT_EQ(wait(accounts().people.set_role(owner, "default", stranger.id(), Role::producer)).error().kind, ErrorKind::not_found);
}

TEST_F(AccountsTest, EveryActLeavesItsLine) {
  const auto owner = member("o@example.org", "default", Role::owner);
  ASSERT_TRUE(wait(accounts().networks.edit(owner, "default", {.name = "The harbour", .storage_quota = {}}, {})));
  const auto lines = wait(accounts().networks.audit("default", "", 10)).value();
  ASSERT_GE(lines.size(), 1U);
  EXPECT_EQ(lines[0].act.what, "network.edit");
  EXPECT_EQ(lines[0].actor.name, "o@example.org");
  EXPECT_EQ(lines[0].act.was.at("name").as_string(), "Default");
  EXPECT_EQ(lines[0].act.became.at("name").as_string(), "The harbour");
  EXPECT_FALSE(lines[0].act.became.contains("storage_quota")) << "only what changed";
}

TEST_F(AccountsTest, WhatChangesNothingLeavesNoLine) {
  const auto owner = member("o@example.org", "default", Role::owner);
  const auto other = member("p@example.org", "default", Role::producer);
  const auto name = wait(accounts().networks.find("default")).value().name;
  const auto before = wait(accounts().networks.audit({}, "", 100)).value().size();
  ASSERT_TRUE(wait(accounts().networks.edit(owner, "default", {.name = name, .storage_quota = {}}, {})));
  ASSERT_TRUE(wait(accounts().takedowns.suspend_network(the_operator(), "default", "")));
  ASSERT_TRUE(wait(accounts().self.edit(owner, wait(accounts().people.find(owner.id())).value().name, {})));
  ASSERT_TRUE(wait(accounts().people.set_role(owner, "default", other.id(), Role::producer)));
  EXPECT_EQ(wait(accounts().networks.audit({}, "", 100)).value().size(), before);
  ASSERT_TRUE(wait(accounts().people.set_role(owner, "default", other.id(), Role::analyst)));
  EXPECT_EQ(wait(accounts().networks.audit({}, "", 100)).value().size(), before + 1);
}

TEST_F(AccountsTest, TheSecondEditorIsToldThatSomebodyWasFaster) {
  ASSERT_TRUE(wait(accounts().networks.edit(the_operator(), "default", {.name = "One", .storage_quota = {}}, 1)));
  EXPECT_EQ(wait(accounts().networks.edit(the_operator(), "default", {.name = "Two", .storage_quota = {}}, 1)).error().kind,
            ErrorKind::conflict);
}

TEST_F(AccountsTest, ATakedownIsInForceWithItsTransactionAndNotBefore) {
  auto& suspensions = accounts().suspensions;
  const auto taken = database().write_now([&](db::Session& session) -> Result<> {
    Suspensions::set_show(session, "demo", "Court order 7");
    suspensions.put_in_force(database(), session);
    EXPECT_FALSE(suspensions.of_show("demo")) << "nothing is committed yet";
    return {};
  });
  ASSERT_TRUE(taken);
  EXPECT_EQ(suspensions.of_show("demo"), "Court order 7");
  const auto failed = database().write_now([&](db::Session& session) -> Result<> {
    Suspensions::set_show(session, "demo", "");
    suspensions.put_in_force(database(), session);
    return fail(ErrorKind::internal, "the disk is full");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(suspensions.of_show("demo"), "Court order 7") << "what was rolled back changed nothing";
}

}  // namespace
}  // namespace carillon::accounts
