// How people become known: passwords, second factors, sessions, tokens, and what an attacker meets.

#include "accounts/accounts.hpp"
#include "accounts/testing/world.hpp"
#include "crypto/totp.hpp"

#include <algorithm>

namespace carillon::accounts {
namespace {

using testing::AccountsWorld;
using namespace std::chrono_literals;
using enum SignIn::Outcome;

constexpr const char* kPassword = "the tide waits for nobody";
constexpr const char* kEmail = "ada@example.org";

class SignInTest : public ::testing::Test, protected AccountsWorld {
 protected:
  SignInTest() { person_with_password(kEmail, kPassword, "default", Role::producer); }

  SignedIn ada() { return *sign_in(kEmail, kPassword).signed_in; }
  Caller caller(const SignedIn& known, bool writes = false, const std::string& csrf = {}) {
    return wait(accounts().with_session(known.secret, writes, csrf, "192.0.2.0/24")).value();
  }
  std::int64_t step() { return std::chrono::duration_cast<std::chrono::seconds>(clock().now().time_since_epoch()).count() / 30; }
  /// Gives Ada a second factor; answers its secret and the recovery codes.
  std::pair<std::string, std::vector<std::string>> with_second_factor() {
    carillon::testing::SeededRandom random{7};
    const auto secret = crypto::new_totp_secret(random);
    auto codes = wait(accounts().set_second_factor(caller(ada()), secret, crypto::totp_code(secret, step()))).value();
    return {secret, codes};
  }
};

TEST_F(SignInTest, TheRightPasswordOpensASession) {
  const auto known = sign_in(" ADA@example.org", kPassword);
  ASSERT_EQ(known.outcome, signed_in);
  const auto who = caller(*known.signed_in);
  EXPECT_TRUE(who.is_known());
  EXPECT_EQ(who.email(), kEmail);
  EXPECT_EQ(who.role_in("default"), Role::producer);
}

TEST_F(SignInTest, AWrongPasswordAndAnUnknownPersonLookTheSame) {
  EXPECT_EQ(sign_in(kEmail, "wrong wrong wrong").outcome, wrong);
  EXPECT_EQ(sign_in("nobody@example.org", kPassword).outcome, wrong);
}

TEST_F(SignInTest, WritingNeedsTheSecondSecretToo) {
  const auto known = ada();
  EXPECT_FALSE(caller(known, true, "").is_known());
  EXPECT_FALSE(caller(known, true, known.secret).is_known());
  EXPECT_TRUE(caller(known, true, known.csrf).is_known());
}

TEST_F(SignInTest, ASessionEndsWithoutUseAndAtTheLatest) {
  const auto known = ada();
  for (int day = 0; day < 89; ++day) {
    clock().advance(24h);
    ASSERT_TRUE(caller(known).is_known()) << "day " << day;
  }
  clock().advance(25h);
  EXPECT_FALSE(caller(known).is_known()) << "ninety days are enough";
  const auto idle = ada();
  clock().advance(kSessionLasts);
  EXPECT_FALSE(caller(idle).is_known());
}

TEST_F(SignInTest, ASessionIsEndedByItsPersonOnly) {
  const auto known = ada();
  const auto stranger = member("s@example.org", "default", Role::owner);
  EXPECT_EQ(wait(accounts().end_session(stranger, known.session.id)).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(wait(accounts().end_session(caller(known), known.session.id)));
  EXPECT_FALSE(caller(known).is_known());
}

TEST_F(SignInTest, ANewPasswordEndsEveryOtherSession) {
  const auto stolen = ada();
  const auto own = ada();
  const auto refused = wait(accounts().edit_self(caller(own), {}, "another long password", "not the old one"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().field, "current_password");
  ASSERT_TRUE(wait(accounts().edit_self(caller(own), {}, "another long password", kPassword)));
  EXPECT_FALSE(caller(stolen).is_known());
  EXPECT_TRUE(caller(own).is_known());
  EXPECT_EQ(sign_in(kEmail, kPassword).outcome, wrong);
}

TEST_F(SignInTest, GuessingGetsSlowerPerAccountFromWhereverItComes) {
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(sign_in(kEmail, "guess number " + std::to_string(i), {}, "198.51.100." + std::to_string(i)).outcome, wrong);
  const auto sixth = sign_in(kEmail, kPassword, {}, "203.0.113.0/24");
  EXPECT_EQ(sixth.outcome, throttled) << "even the right one waits";
  EXPECT_LE(sixth.again_in, 60s) << "nobody shuts an account out for long";
  clock().advance(sixth.again_in);
  EXPECT_EQ(sign_in(kEmail, kPassword, {}, "203.0.113.0/24").outcome, signed_in);
  EXPECT_EQ(sign_in(kEmail, "wrong again and again").outcome, wrong) << "a success forgets the failures";
}

TEST_F(SignInTest, GuessingGetsSlowerPerAddressWhoeverIsTried) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(sign_in("person" + std::to_string(i) + "@example.org", "password of many").outcome, wrong);
  EXPECT_EQ(sign_in("another@example.org", "password of many").outcome, throttled);
  EXPECT_EQ(sign_in("another@example.org", "password of many", {}, "203.0.113.0/24").outcome, wrong) << "others are not slowed";
}

TEST_F(SignInTest, ASecondFactorIsAskedForAndWorksOnce) {
  const auto [secret, codes] = with_second_factor();
  EXPECT_EQ(sign_in(kEmail, kPassword).outcome, code_needed);
  EXPECT_EQ(sign_in(kEmail, kPassword, "000000").outcome, wrong);
  clock().advance(30s);
  const auto code = crypto::totp_code(secret, step());
  EXPECT_EQ(sign_in(kEmail, kPassword, code).outcome, signed_in);
  EXPECT_EQ(sign_in(kEmail, kPassword, code).outcome, wrong) << "a code that was looked at over a shoulder is worth nothing";
  EXPECT_EQ(sign_in(kEmail, "wrong password, right code", crypto::totp_code(secret, step() + 1)).outcome, wrong);
}

TEST_F(SignInTest, ARecoveryCodeWorksOnce) {
  const auto [secret, codes] = with_second_factor();
  ASSERT_EQ(codes.size(), static_cast<std::size_t>(kRecoveryCodes));
  EXPECT_EQ(sign_in(kEmail, kPassword, codes[3]).outcome, signed_in);
  EXPECT_EQ(sign_in(kEmail, kPassword, codes[3]).outcome, wrong);
  EXPECT_EQ(sign_in(kEmail, kPassword, codes[4]).outcome, signed_in);
}

TEST_F(SignInTest, TheSecondFactorGoesWithThePasswordOnly) {
  with_second_factor();
  const auto id = wait(accounts().person_with_email(kEmail)).value().id;
  const auto who = Caller::person(id, kEmail, false, {});
  EXPECT_FALSE(wait(accounts().remove_second_factor(who, "not it")));
  EXPECT_TRUE(wait(accounts().remove_second_factor(who, kPassword)));
  EXPECT_EQ(sign_in(kEmail, kPassword).outcome, signed_in);
}

TEST_F(SignInTest, AResetIsForOneHourAndOnce) {
  EXPECT_FALSE(wait(accounts().reset_password("nobody@example.org", "")).value());
  const auto old = ada();
  const auto link = wait(accounts().reset_password(kEmail, "")).value().value();
  EXPECT_EQ(wait(accounts().use_link(link.secret, {}, "short", "")).error().field, "password");
  ASSERT_TRUE(wait(accounts().use_link(link.secret, {}, "a brand new sentence", ""))) << "a refused password does not use it up";
  EXPECT_FALSE(caller(old).is_known());
  EXPECT_EQ(sign_in(kEmail, "a brand new sentence").outcome, signed_in);
  const auto late = wait(accounts().reset_password(kEmail, "")).value().value();
  clock().advance(kResetLasts);
  EXPECT_FALSE(wait(accounts().use_link(late.secret, {}, "yet another sentence", "")));
}

TEST_F(SignInTest, ATokenHoldsWhatItWasMadeForAndNoMore) {
  const auto person = wait(accounts().person_with_email(kEmail)).value();
  const auto self = Caller::person(person.id, kEmail, false, person.roles);
  const auto made = wait(accounts().create_token(self, person.id, "reader", {"view"}, clock().now() + 1h)).value();
  EXPECT_TRUE(made.secret.starts_with("crl_"));
  auto who = wait(accounts().with_token(made.secret, "")).value();
  EXPECT_TRUE(who.holds(Permission::view, "default"));
  EXPECT_FALSE(who.holds(Permission::publish, "default")) << "its person may, it may not";
  EXPECT_FALSE(who.holds(Permission::signed_in, "")) << "a token makes no tokens";
  const auto listed = wait(accounts().tokens(person.id)).value();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].last_used, clock().now());
  const auto more = wait(accounts().create_token(self, person.id, "too much", {"operate"}, {})).value();
  EXPECT_FALSE(wait(accounts().with_token(more.secret, "")).value().holds(Permission::operate, "")) << "nobody gives what they have not";
  clock().advance(1h);
  EXPECT_FALSE(wait(accounts().with_token(made.secret, "")).value().is_known()) << "it has ended";
  EXPECT_FALSE(wait(accounts().with_token(more.secret + "x", "")).value().is_known());
  const auto stranger = member("s@example.org", "default", Role::owner);
  EXPECT_FALSE(wait(accounts().remove_token(stranger, more.token.id)));
  ASSERT_TRUE(wait(accounts().remove_token(self, more.token.id)));
  EXPECT_FALSE(wait(accounts().with_token(more.secret, "")).value().is_known());
}

TEST_F(SignInTest, AnUnknownScopeIsNamedWithTheNearest) {
  const auto person = wait(accounts().person_with_email(kEmail)).value();
  const auto refused = wait(accounts().create_token(the_operator(), person.id, "x", {"publsh"}, {}));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("publish"), std::string::npos);
}

TEST_F(SignInTest, WhatHasEndedIsSwept) {
  ada();
  clock().advance(kSessionLastsAtMost);
  ASSERT_TRUE(accounts().sweep_now());
  const auto person = wait(accounts().person_with_email(kEmail)).value();
  EXPECT_TRUE(wait(accounts().sessions(person.id)).value().empty());
}

}  // namespace
}  // namespace carillon::accounts
