#include "accounts/permission.hpp"

#include "accounts/caller.hpp"

#include <gtest/gtest.h>

namespace carillon::accounts {
namespace {

constexpr std::array kAll{Permission::everyone, Permission::signed_in, Permission::view, Permission::publish, Permission::advertise,
                          Permission::analyse,  Permission::manage,    Permission::own,  Permission::operate};

TEST(Caller, NobodyMayDoOnlyWhatEverybodyMay) {
  for (const auto permission : kAll) EXPECT_EQ(Caller::nobody().holds(permission, "default"), permission == Permission::everyone);
}

TEST(Caller, TheOperatorMayDoEverythingEverywhere) {
  for (const auto permission : kAll) EXPECT_TRUE(Caller::operator_at_the_socket().holds(permission, "any"));
}

TEST(Role, HasItsRowOfTheTable) {
  using enum Permission;
  const std::map<Role, std::set<Permission>> may{
      {Role::owner, {view, publish, advertise, analyse, manage, own}},
      {Role::manager, {view, publish, advertise, analyse, manage}},
      {Role::producer, {view, publish}},
      {Role::ads, {view, advertise, analyse}},
      {Role::analyst, {view, analyse}},
  };
  for (const auto role : kRoles) {
    const auto who = Caller::person("id", "a@example.org", false, {{"here", role}});
    for (const auto permission : {view, publish, advertise, analyse, manage, own, operate}) {
      EXPECT_EQ(who.holds(permission, "here"), may.at(role).contains(permission)) << name_of(role) << " " << name_of(permission);
      EXPECT_FALSE(who.holds(permission, "there")) << name_of(role) << " " << name_of(permission);
    }
  }
}

TEST(Role, NamesGoThereAndBack) {
  for (const auto role : kRoles) EXPECT_EQ(role_from(name_of(role)), role);
  EXPECT_FALSE(role_from("operator"));
}

TEST(Role, ManagersGiveNothingThatTheyHaveThemselves) {
  EXPECT_TRUE(may_give(Role::owner, Role::owner));
  EXPECT_TRUE(may_give(Role::manager, Role::producer));
  EXPECT_FALSE(may_give(Role::manager, Role::manager));
  EXPECT_FALSE(may_give(Role::producer, Role::analyst));
}

TEST(Scopes, NarrowWhatTheirPersonActsAs) {
  const auto limited = [](bool is_operator, std::map<std::string, Role, std::less<>> roles, std::set<std::string, std::less<>> scopes) {
    auto caller = Caller::person("id", "a@example.org", is_operator, std::move(roles));
    caller.scopes = std::move(scopes);
    return caller;
  };
  for (const auto* scope : {"view", "publish", "advertise", "analyse", "manage", "own", "metrics"}) {
    const auto token = limited(true, {{"here", Role::producer}}, {scope});
    EXPECT_FALSE(token.is_operator()) << scope;
    EXPECT_FALSE(token.sees("anywhere")) << scope;
    EXPECT_FALSE(token.role_in("anywhere")) << scope;
    for (const auto permission : kAll) EXPECT_EQ(token.holds(permission, "anywhere"), permission == Permission::everyone) << scope;
    EXPECT_EQ(token.reads_metrics(), std::string_view{scope} == "metrics");
  }
  EXPECT_TRUE(limited(true, {{"here", Role::producer}}, {"publish"}).holds(Permission::publish, "here"));
  EXPECT_FALSE(limited(true, {{"here", Role::producer}}, {"own"}).holds(Permission::own, "here"));
  EXPECT_FALSE(limited(false, {{"here", Role::owner}}, {"metrics"}).reads_metrics());
  EXPECT_TRUE(limited(true, {}, {"operate"}).is_operator());
  EXPECT_TRUE(Caller::person("id", "a@example.org", true, {}).is_operator());
  EXPECT_TRUE(Caller::operator_at_the_socket().is_operator());
  EXPECT_EQ(limited(true, {}, {"operate"}).role_in("anywhere"), Role::owner);
  EXPECT_EQ(limited(true, {{"here", Role::owner}}, {"manage"}).role_in("here"), Role::manager);
  EXPECT_EQ(limited(false, {{"here", Role::owner}}, {"manage"}).role_in("here"), Role::manager);
  EXPECT_EQ(limited(false, {{"here", Role::owner}}, {"own"}).role_in("here"), Role::owner);
  EXPECT_EQ(limited(false, {{"here", Role::owner}}, {"publish"}).role_in("here"), Role::analyst);
  EXPECT_EQ(limited(false, {{"here", Role::manager}}, {"own"}).role_in("here"), Role::analyst);
  EXPECT_EQ(limited(false, {{"here", Role::producer}}, {"view"}).role_in("here"), Role::producer);
  EXPECT_FALSE(limited(false, {{"here", Role::owner}}, {"own"}).role_in("there"));
}

}  // namespace
}  // namespace carillon::accounts
