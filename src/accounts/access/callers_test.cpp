// Who asks, with nothing but the tables of sessions, tokens and people beside it.

#include "accounts/access/callers.hpp"

#include "accounts/access/secrets.hpp"
#include "accounts/access/session_maker.hpp"
#include "accounts/store/people.hpp"
#include "accounts/store/sessions.hpp"
#include "accounts/store/tokens.hpp"
#include "accounts/testing/world.hpp"

namespace carillon::accounts {
namespace {

class CallersTest : public ::testing::Test, protected testing::AccountsWorld {
 protected:
  CallersTest() {
    const auto now = clock().now();
    database()
        .write_now([&](db::Session& session) -> Result<> {
          queries::insert(session, Person{.id = "ada", .email = "ada@example.org", .name = "Ada", .created = now});
          queries::insert(session, queries::SessionRow{.session = {.id = "s1",
                                                                   .agent = "a browser",
                                                                   .address_prefix = "192.0.2.0/24",
                                                                   .created = now,
                                                                   .last_used = now,
                                                                   .ends = now + kSessionLasts},
                                                       .digest = digest_of("a session"),
                                                       .csrf = "csrf",
                                                       .person_id = "ada"});
          queries::insert(session, queries::TokenRow{.token = {.id = "t1", .name = "a program", .scopes = {"read"}, .created = now},
                                                     .digest = digest_of("a token"),
                                                     .person_id = "ada"});
          return {};
        })
        .value();
  }
  Caller with_session(const std::string& secret, bool writes = false, const std::string& csrf = "") {
    return wait(callers_.with_session(secret, writes, csrf, "192.0.2.0/24")).value();
  }

  Revocations revocations_;
  Callers callers_{{.database = database(), .clock = clock(), .revocations = revocations_}};
};

TEST_F(CallersTest, ASessionIsItsPersonUntilItEnds) {
  const auto ada = with_session("a session");
  EXPECT_EQ(ada.id(), "ada");
  EXPECT_EQ(ada.session, "s1");
  EXPECT_FALSE(ada.scopes);
  EXPECT_FALSE(with_session("another").is_known());
  clock().advance(kSessionLasts + std::chrono::seconds{1});
  EXPECT_FALSE(with_session("a session").is_known());
}

TEST_F(CallersTest, AWriteNeedsTheSessionsOwnCsrfToken) {
  EXPECT_EQ(with_session("a session", true, "csrf").id(), "ada");
  const auto forged = with_session("a session", true, "other");
  EXPECT_FALSE(forged.is_known());
  EXPECT_EQ(forged.forged_for, "ada@example.org");
}

TEST_F(CallersTest, ATokenMayWhatItsScopesSay) {
  const auto program = wait(callers_.with_token("a token", "")).value();
  EXPECT_EQ(program.token, "t1");
  ASSERT_TRUE(program.scopes);
  EXPECT_TRUE(program.scopes->contains("read"));
  EXPECT_FALSE(wait(callers_.with_token("a session", "")).value().is_known()) << "a session's secret is no token";
}

TEST_F(CallersTest, WhoIsDisabledIsNobody) {
  database()
      .write_now([&](db::Session& session) -> Result<> {
        queries::set_disabled(session, "ada", clock().now());
        return {};
      })
      .value();
  EXPECT_FALSE(with_session("a session").is_known());
  EXPECT_FALSE(wait(callers_.with_token("a token", "")).value().is_known());
}

TEST_F(CallersTest, ACallerKnowsUpToWhichRevocationItsRightsWereRead) {
  revocations_.tell({.person = "eve"});
  EXPECT_EQ(with_session("a session").as_of, revocations_.last());
}

}  // namespace
}  // namespace carillon::accounts
