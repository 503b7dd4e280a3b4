// How people become known: passwords, second factors, sessions, tokens, and what an attacker meets.

#include "accounts/access/secrets.hpp"
#include "accounts/store/people.hpp"
#include "accounts/testing/world.hpp"
#include "crypto/password.hpp"
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
    return wait(accounts().callers.with_session(known.secret, writes, csrf, "192.0.2.0/24")).value();
  }
  std::int64_t step() { return std::chrono::duration_cast<std::chrono::seconds>(clock().now().time_since_epoch()).count() / 30; }
  /// Gives Ada a second factor; answers its secret and the recovery codes.
  std::pair<std::string, std::vector<std::string>> with_second_factor() {
    carillon::testing::SeededRandom random{7};
    const auto secret = crypto::new_totp_secret(random);
    const auto who = caller(ada());
    auto codes = wait(accounts().self.set_second_factor(who, confirmed(who, kPassword), secret, crypto::totp_code(secret, step()))).value();
    return {secret, codes};
  }
  Confirmation confirm(const Caller& who, const std::string& password, std::optional<std::string> code = {}, bool with_code = true) {
    return wait(accounts().self.confirm(who, password, std::move(code), with_code)).value();
  }
  Confirmed confirmed(const Caller& who, const std::string& password, std::optional<std::string> code = {}) {
    return confirm(who, password, std::move(code)).confirmed.value();
  }
  /// An address prefix that nobody has used yet.
  std::string elsewhere() { return "198.51." + std::to_string(++prefixes_) + ".0/24"; }
  /// Guesses until told to wait, once for each prefix.
  void guess_from_everywhere(const std::string& email, int prefixes) {
    for (int i = 0; i < prefixes; ++i) sign_in(email, "guess number " + std::to_string(i), {}, elsewhere());
  }

 private:
  int prefixes_ = 0;
};

TEST_F(SignInTest, TheSessionThatWasUsedLeastRecentlyEndsForOneTooMany) {
  std::vector<SignedIn> all;
  for (std::size_t i = 0; i < kMaxSessions; ++i) {
    all.push_back(ada());
    clock().advance(2min);
  }
  EXPECT_TRUE(caller(all.front()).is_known());  // used once more: the second one is the oldest now
  clock().advance(2min);
  const auto last = ada();
  EXPECT_TRUE(caller(all.front()).is_known());
  EXPECT_FALSE(caller(all[1]).is_known());
  EXPECT_TRUE(caller(all[2]).is_known());
  EXPECT_TRUE(caller(last).is_known());
  EXPECT_EQ(wait(accounts().sessions.list(last.person.id)).value().size(), kMaxSessions);
}

TEST_F(SignInTest, ARecoveryCodeIsTakenHoweverItIsTypedAndIsTold) {
  const auto [secret, codes] = with_second_factor();
  auto plain = codes[0], spaced = codes[1], shouted = codes[2];
  std::erase(plain, '-');
  std::ranges::replace(spaced, '-', ' ');
  std::ranges::transform(shouted, shouted.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  for (const auto& typed : {plain, spaced, shouted, codes[3]}) {
    const auto known = sign_in(kEmail, kPassword, typed);
    ASSERT_EQ(known.outcome, signed_in) << typed;
    EXPECT_TRUE(known.used_recovery_code) << typed;
  }
  EXPECT_EQ(sign_in(kEmail, kPassword, codes[0]).outcome, wrong) << "each works once";
  clock().advance(5min);
  const auto known = sign_in(kEmail, kPassword, crypto::totp_code(secret, step()));
  ASSERT_EQ(known.outcome, signed_in);
  EXPECT_FALSE(known.used_recovery_code);
}

TEST_F(SignInTest, ANameHasAsManyLettersAsItSays) {
  const auto who = caller(ada());
  std::string name;
  for (int i = 0; i < 200; ++i) name += "ä";
  EXPECT_TRUE(wait(accounts().self.edit(who, name, {})));
  const auto refused = wait(accounts().self.edit(who, name + "x", {}));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("at most 200 characters"), std::string::npos);
}

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
  EXPECT_EQ(wait(accounts().sessions.end(stranger, known.session.id)).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(wait(accounts().sessions.end(caller(known), known.session.id)));
  EXPECT_FALSE(caller(known).is_known());
}

TEST_F(SignInTest, ANewPasswordEndsEveryOtherSessionAndDeviceAndLink) {
  const auto stolen = ada();
  const auto own = ada();
  const auto link = wait(accounts().links.reset_password(kEmail, "")).value().link.value();
  EXPECT_EQ(confirm(caller(own), "not the old one").outcome, Confirmation::Outcome::wrong_password);
  const auto change = [&](const std::string& password) {
    return wait(accounts().self.edit(caller(own), {}, Self::NewPassword{password, confirmed(caller(own), kPassword), own.device}));
  };
  EXPECT_EQ(change("short").error().field, "password");
  EXPECT_EQ(change("ada@example.org").error().field, "password");
  ASSERT_TRUE(change("another long password"));
  EXPECT_FALSE(caller(stolen).is_known());
  EXPECT_TRUE(caller(own).is_known());
  EXPECT_EQ(sign_in(kEmail, kPassword).outcome, wrong);
  EXPECT_FALSE(wait(accounts().links.find(link.secret)));
  guess_from_everywhere(kEmail, 40);
  EXPECT_EQ(sign_in(kEmail, "another long password", {}, elsewhere(), stolen.device).outcome, throttled)
      << "whoever took it is a stranger now";
  EXPECT_EQ(sign_in(kEmail, "another long password", {}, elsewhere(), own.device).outcome, signed_in);
}

TEST_F(SignInTest, AProofOfOnesPasswordIsOnesOwn) {
  const auto who = caller(ada());
  const auto other = member("s@example.org", "default", Role::owner);
  const auto proof = confirmed(who, kPassword);
  EXPECT_EQ(wait(accounts().self.edit(other, {}, Self::NewPassword{"another long password", proof})).error().kind, ErrorKind::refused);
  EXPECT_EQ(wait(accounts().self.remove_second_factor(other, proof)).error().kind, ErrorKind::refused);
}

TEST_F(SignInTest, AFirstPasswordIsNotSetWithAToken) {
  const auto person = wait(accounts().people.create(the_operator(), "new@example.org", "", false, {}, {})).value().person;
  const auto made = wait(accounts().tokens.create(the_operator(), person.id, "everything", {}, {})).value();
  const auto who = wait(accounts().callers.with_token(made.secret, "")).value();
  EXPECT_EQ(confirm(who, "").outcome, Confirmation::Outcome::no_password);
}

TEST_F(SignInTest, AStrangerElsewhereKeepsNobodyOut) {
  for (int counted = 0; counted < 14;) {
    const auto tried = sign_in(kEmail, "guess number " + std::to_string(counted), {}, "203.0.113.0/24");
    if (tried.outcome == wrong) ++counted;
    clock().advance(tried.again_in);
  }
  EXPECT_EQ(sign_in(kEmail, kPassword, {}, "203.0.113.0/24").outcome, throttled);
  EXPECT_EQ(sign_in(kEmail, kPassword).outcome, signed_in) << "from where no stranger is";
}

TEST_F(SignInTest, GuessingGetsSlowerPerAccountAndAddress) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(sign_in(kEmail, "guess number " + std::to_string(i)).outcome, wrong);
  const auto sixth = sign_in(kEmail, kPassword);
  EXPECT_EQ(sixth.outcome, throttled) << "even the right one waits";
  EXPECT_LE(sixth.again_in, 60s);
  clock().advance(sixth.again_in);
  EXPECT_EQ(sign_in(kEmail, kPassword).outcome, signed_in);
  EXPECT_EQ(sign_in(kEmail, "wrong again and again").outcome, wrong) << "a success forgets the failures";
}

TEST_F(SignInTest, AnAccountIsGuessedAtMostAHundredTimesAnHourFromEverywhere) {
  const auto until = clock().now() + 1h;
  int guesses = 0;
  while (clock().now() < until) {
    const auto tried = sign_in("nobody@example.org", "password of many", {}, elsewhere());
    if (tried.outcome == throttled) {
      EXPECT_LE(tried.again_in, 60s);
      clock().advance(tried.again_in);
    } else if (++guesses > 100) {
      break;
    }
  }
  EXPECT_LE(guesses, 100);
  EXPECT_GE(guesses, 30);
}

TEST_F(SignInTest, ADeviceThatSignedInBeforeIsNotHeldUp) {
  const auto known = ada();
  ASSERT_FALSE(known.device.empty());
  guess_from_everywhere(kEmail, 40);
  EXPECT_EQ(sign_in(kEmail, kPassword, {}, elsewhere()).outcome, throttled);
  // Strangers in the same network: not even then.
  for (int i = 0; i < 30; ++i) sign_in("person" + std::to_string(i) + "@example.org", "password of many");
  EXPECT_EQ(sign_in("another@example.org", "password of many").outcome, throttled);
  const auto again = sign_in(kEmail, kPassword, {}, "192.0.2.0/24", known.device);
  ASSERT_EQ(again.outcome, signed_in);
  EXPECT_TRUE(again.signed_in->device.empty()) << "the one it has stays good";
}

TEST_F(SignInTest, ADeviceIsOnePersonsAndNoSessionAndGuessesNoFasterThanOthers) {
  const auto known = ada();
  EXPECT_FALSE(wait(accounts().callers.with_session(known.device, false, "", "")).value().is_known());
  person_with_password("bo@example.org", kPassword, "default", Role::producer);
  guess_from_everywhere("bo@example.org", 40);
  EXPECT_EQ(sign_in("bo@example.org", kPassword, {}, elsewhere(), known.device).outcome, throttled);
  int guesses = 0;
  while (sign_in(kEmail, "wrong wrong wrong", {}, elsewhere(), known.device).outcome == wrong) ASSERT_LT(++guesses, 10);
  EXPECT_EQ(guesses, 5);
  EXPECT_EQ(sign_in(kEmail, kPassword).outcome, signed_in) << "the owner elsewhere is not held up by a device that was stolen";
}

TEST_F(SignInTest, ADeviceIsForgottenAfterAYearWithoutUse) {
  const auto known = ada();
  clock().advance(kDeviceLasts);
  EXPECT_FALSE(sign_in(kEmail, kPassword, {}, "192.0.2.0/24", known.device).signed_in->device.empty());
}

TEST_F(SignInTest, AMailedLinkLeadsPastStrangers) {
  guess_from_everywhere(kEmail, 40);
  const auto link = wait(accounts().links.reset_password(kEmail, "192.0.2.0/24")).value().link.value();
  const auto used = use_link(link.secret, "a brand new sentence").value();
  EXPECT_EQ(sign_in(kEmail, "a brand new sentence", {}, "192.0.2.0/24", used.device).outcome, signed_in);
}

TEST_F(SignInTest, GuessingGetsSlowerPerAddressWhoeverIsTried) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(sign_in("person" + std::to_string(i) + "@example.org", "password of many").outcome, wrong);
  const auto held = sign_in("another@example.org", "password of many");
  EXPECT_EQ(held.outcome, throttled);
  EXPECT_LE(held.again_in, 60s);
  EXPECT_EQ(sign_in("another@example.org", "password of many", {}, "203.0.113.0/24").outcome, wrong) << "others are not slowed";
}

TEST_F(SignInTest, AClockThatWasAheadKeepsNobodyOut) {
  const auto known = ada();
  for (const auto ahead : {Duration{1h}, Duration{24h * 365}}) {
    clock().advance(ahead);
    for (int i = 0; i < 25; ++i) sign_in(kEmail, "guess number " + std::to_string(i));
    for (int i = 0; i < 5; ++i) confirm(caller(known), "guess number " + std::to_string(i));
    clock().advance(-ahead);
    Duration waited{};
    for (auto tried = sign_in(kEmail, kPassword); tried.outcome != signed_in; tried = sign_in(kEmail, kPassword)) {
      ASSERT_EQ(tried.outcome, throttled);
      waited += tried.again_in;
      clock().advance(tried.again_in);
      ASSERT_LE(waited, 60s);
    }
    auto held = confirm(caller(known), kPassword);
    if (held.outcome == Confirmation::Outcome::throttled) {
      EXPECT_LE(held.again_in, 60s);
      clock().advance(held.again_in);
      held = confirm(caller(known), kPassword);
    }
    EXPECT_EQ(held.outcome, Confirmation::Outcome::confirmed);
  }
}

TEST_F(SignInTest, ASessionOfAClockThatWasAheadLastsNoLonger) {
  clock().advance(24h * 365);
  const auto known = ada();
  clock().advance(-24h * 365);
  EXPECT_TRUE(caller(known).is_known());
  clock().advance(kSessionLasts);
  EXPECT_FALSE(caller(known).is_known());
}

TEST_F(SignInTest, AMachineThatStartsIn1970LosesNoSession) {
  const auto known = ada();
  const auto link = wait(accounts().links.reset_password(kEmail, "")).value().link.value();
  const auto present = clock().now();
  clock().set(Time{});
  ASSERT_TRUE(sweep_now(database(), clock()));
  clock().set(present);
  ASSERT_TRUE(sweep_now(database(), clock()));
  EXPECT_TRUE(caller(known).is_known());
  EXPECT_TRUE(wait(accounts().links.find(link.secret)));
}

TEST_F(SignInTest, WhatIsTooLongIsNotHashed) {
  const auto tried = [&](const std::string& email, const std::string& password) {
    return wait(accounts().sessions.sign_in({.email = email, .password = password}, "a browser", "192.0.2.0/24"));
  };
  EXPECT_EQ(tried(std::string(300, 'a') + "@example.org", kPassword).error().field, "email");
  EXPECT_EQ(tried(kEmail, std::string(2000, 'x')).error().field, "password");
  EXPECT_EQ(tried("nobody@example.org", std::string(2000, 'x')).error().field, "password");
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

TEST_F(SignInTest, ARecoveryCodeIsKeptSealedAndOneThatWasKeptAsADigestStillWorks) {
  const auto [secret, codes] = with_second_factor();
  const auto id = wait(accounts().people.with_email(kEmail)).value().id;
  const auto kept = [&] {
    return database()
        .read_now([&](db::Session& session) -> Result<std::vector<std::string>> { return queries::recovery_codes_of(session, id); })
        .value();
  };
  ASSERT_EQ(kept().size(), codes.size());
  for (const auto& one : kept()) {
    EXPECT_TRUE(one.starts_with("v1:"));
    EXPECT_TRUE(std::ranges::none_of(codes, [&](const auto& code) { return one == digest_of(code); }));
  }
  ASSERT_TRUE(database().write_now([&](db::Session& session) -> Result<> {
    queries::replace_recovery_codes(session, id, {digest_of("01234-abcde")});
    return {};
  }));
  EXPECT_EQ(sign_in(kEmail, kPassword, kept()[0]).outcome, wrong) << "what is kept is not what is typed";
  EXPECT_EQ(sign_in(kEmail, kPassword, "01234-ABCDE").outcome, signed_in);
  EXPECT_EQ(sign_in(kEmail, kPassword, "01234-abcde").outcome, wrong);
}

TEST_F(SignInTest, APasswordFromBeforeTheRulesStillOpensASession) {
  const auto id = wait(accounts().people.with_email(kEmail)).value().id;
  ASSERT_TRUE(database().write_now([&](db::Session& session) -> Result<> {
    queries::set_secrets(session, id, {.password = crypto::hash_password("short 10 b"), .second_factor = {}, .step = 0});
    return {};
  }));
  EXPECT_EQ(sign_in(kEmail, "short 10 b").outcome, signed_in);
}

TEST_F(SignInTest, ARecoveryCodeThatIsUsedTwiceAtOnceOpensOneSession) {
  const auto [secret, codes] = with_second_factor();
  asio::io_context loop;
  int in = 0;
  for (int i = 0; i < 4; ++i) {
    asio::co_spawn(
        loop,
        [&]() -> asio::awaitable<void> {
          const auto tried =
              co_await accounts().sessions.sign_in({.email = kEmail, .password = kPassword, .code = codes[0]}, "", "192.0.2.0/24");
          if (tried && tried->outcome == signed_in) ++in;
        },
        [](std::exception_ptr thrown) {
          if (thrown) std::rethrow_exception(thrown);
        });
  }
  loop.run();
  EXPECT_EQ(in, 1);
}

TEST_F(SignInTest, TheSecondFactorIsReplacedAndRemovedWithPasswordAndCodeOnly) {
  using enum Confirmation::Outcome;
  const auto [secret, codes] = with_second_factor();
  const auto who = [&] {
    const auto person = wait(accounts().people.with_email(kEmail)).value();
    return Caller::person(person.id, kEmail, false, {});
  }();
  EXPECT_EQ(confirm(who, "not it").outcome, wrong_password);
  EXPECT_EQ(confirm(who, kPassword).outcome, code_needed);
  EXPECT_EQ(confirm(who, kPassword, "000000").outcome, wrong_code);
  EXPECT_EQ(confirm(who, kPassword, {}, false).outcome, Confirmation::Outcome::confirmed) << "a new password needs the old one alone";
  clock().advance(30s);
  const auto code = crypto::totp_code(secret, step());
  auto proof = confirm(who, kPassword, code);
  ASSERT_EQ(proof.outcome, Confirmation::Outcome::confirmed);
  EXPECT_EQ(confirm(who, kPassword, code).outcome, wrong_code) << "it works once, for signing in, too";
  EXPECT_EQ(sign_in(kEmail, kPassword, code).outcome, wrong);
  ASSERT_TRUE(wait(accounts().self.remove_second_factor(who, *confirm(who, kPassword, codes[0]).confirmed)));
  EXPECT_EQ(sign_in(kEmail, kPassword).outcome, signed_in);
}

TEST_F(SignInTest, TheCurrentPasswordIsGuessedNoFasterThanAtTheDoor) {
  using enum Confirmation::Outcome;
  const auto who = caller(ada());
  for (int i = 0; i < 5; ++i) EXPECT_EQ(confirm(who, "guess number " + std::to_string(i)).outcome, wrong_password);
  const auto held = confirm(who, kPassword);
  EXPECT_EQ(held.outcome, Confirmation::Outcome::throttled) << "even the right one waits";
  EXPECT_LE(held.again_in, 60s);
  const auto other = person_with_password("bo@example.org", kPassword, "default", Role::producer);
  EXPECT_EQ(confirm(Caller::person(other.id, other.email, false, {}), kPassword).outcome, Confirmation::Outcome::confirmed);
  clock().advance(held.again_in);
  EXPECT_EQ(confirm(who, kPassword).outcome, Confirmation::Outcome::confirmed);
}

TEST_F(SignInTest, ATokenHoldsWhatItWasMadeForAndNoMore) {
  const auto person = wait(accounts().people.with_email(kEmail)).value();
  const auto self = Caller::person(person.id, kEmail, false, person.roles);
  const auto made = wait(accounts().tokens.create(self, person.id, "reader", {"view"}, clock().now() + 1h)).value();
  EXPECT_TRUE(made.secret.starts_with("crl_"));
  auto who = wait(accounts().callers.with_token(made.secret, "")).value();
  EXPECT_TRUE(who.holds(Permission::view, "default"));
  EXPECT_FALSE(who.holds(Permission::publish, "default")) << "its person may, it may not";
  EXPECT_FALSE(who.holds(Permission::signed_in, "")) << "a token makes no tokens";
  const auto listed = wait(accounts().tokens.list(person.id)).value();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].last_used, clock().now());
  EXPECT_EQ(wait(accounts().tokens.create(self, person.id, "too much", {"operate"}, {})).error().kind, ErrorKind::invalid)
      << "no one gives what they don't have";
  const auto more = wait(accounts().tokens.create(self, person.id, "another", {"view"}, {})).value();
  clock().advance(1h);
  EXPECT_FALSE(wait(accounts().callers.with_token(made.secret, "")).value().is_known()) << "it has ended";
  EXPECT_FALSE(wait(accounts().callers.with_token(more.secret + "x", "")).value().is_known());
  const auto stranger = member("s@example.org", "default", Role::owner);
  EXPECT_FALSE(wait(accounts().tokens.remove(stranger, more.token.id)));
  ASSERT_TRUE(wait(accounts().tokens.remove(self, more.token.id)));
  EXPECT_FALSE(wait(accounts().callers.with_token(more.secret, "")).value().is_known());
}

TEST_F(SignInTest, AnUnknownScopeIsNamedWithTheNearest) {
  const auto person = wait(accounts().people.with_email(kEmail)).value();
  const auto refused = wait(accounts().tokens.create(the_operator(), person.id, "x", {"publsh"}, {}));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("publish"), std::string::npos);
}

TEST_F(SignInTest, WhatHasEndedIsSwept) {
  ada();
  clock().advance(kSessionLastsAtMost);
  ASSERT_TRUE(sweep_now(database(), clock()));
  const auto person = wait(accounts().people.with_email(kEmail)).value();
  EXPECT_TRUE(wait(accounts().sessions.list(person.id)).value().empty());
}

TEST_F(SignInTest, ATokenMakesNoneThatOutlastsItOrMayDoMore) {
  const auto person = wait(accounts().people.with_email(kEmail)).value();
  const auto self = Caller::person(person.id, kEmail, false, person.roles);
  const auto ends = clock().now() + 1h;
  const auto secret = wait(accounts().tokens.create(self, person.id, "for an hour", {}, ends)).value().secret;
  const auto program = wait(accounts().callers.with_token(secret, "")).value();
  const auto make = [&](const Caller& by, std::vector<std::string> scopes, std::optional<Time> until) {
    return wait(accounts().tokens.create(by, person.id, "another", std::move(scopes), until));
  };
  for (const auto until : {std::optional<Time>{}, std::optional<Time>{ends + 1s}}) {
    const auto refused = make(program, {}, until);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::refused);
    EXPECT_EQ(refused.error().field, "ends");
  }
  EXPECT_TRUE(make(program, {}, ends));
  EXPECT_TRUE(make(self, {}, {})) << "a session makes what it likes";
  auto narrow = program;
  narrow.scopes = {"view"};
  EXPECT_EQ(make(narrow, {"publish"}, ends).error().field, "scopes");
  EXPECT_EQ(make(narrow, {}, ends).error().field, "scopes");
  EXPECT_TRUE(make(narrow, {"view"}, ends));
}

/// Two windows, or a thief beside the person: whoever comes second has confirmed a password when no code was asked for yet.
TEST_F(SignInTest, AFactorThatWasSetUpMeanwhileIsNotReplacedWithoutItsCode) {
  const auto person = wait(accounts().people.with_email(kEmail)).value();
  const auto who = Caller::person(person.id, kEmail, false, person.roles);
  const auto first = confirmed(who, kPassword), second = confirmed(who, kPassword), third = confirmed(who, kPassword);
  carillon::testing::SeededRandom random{7};
  const auto secret = crypto::new_totp_secret(random);
  ASSERT_TRUE(wait(accounts().self.set_second_factor(who, first, secret, crypto::totp_code(secret, step()))));
  const auto late = wait(accounts().self.set_second_factor(who, second, secret, crypto::totp_code(secret, step())));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::conflict);
  EXPECT_EQ(late.error().field, "current_code");
  EXPECT_EQ(wait(accounts().self.remove_second_factor(who, third)).error().kind, ErrorKind::conflict);
  EXPECT_TRUE(wait(accounts().people.with_email(kEmail)).value().has_second_factor);
}

}  // namespace
}  // namespace carillon::accounts
