#include "certs/keeper/solvers/solvers.hpp"

#include "base/testing/testing.hpp"
#include "certs/keeper/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

constexpr auto kName = "www.example.org";

class SolversTest : public ::testing::Test {
 protected:
  /// The type that is chosen of these, "" if none.
  std::string chosen(const std::vector<acme::Challenge>& challenges, std::string_view preferred) {
    const auto choice = solvers.choose(kName, challenges, preferred);
    return choice ? choice->challenge->type : std::string{};
  }
  static acme::Challenge challenge(std::string type, acme::Status status = acme::Status::pending) {
    return {.type = std::move(type), .url = {}, .token = "token", .status = status, .error = {}};
  }

  acme::ChallengeBoard board;
  testing::FakeResolver resolver;
  carillon::testing::ManualClock clock;
  Solvers solvers{board, resolver, clock};
};

TEST_F(SolversTest, TakeThePreferredTypeWhereThereIsAChoice) {
  const std::vector both{challenge("dns-01"), challenge("http-01"), challenge("tls-alpn-01")};
  EXPECT_EQ(chosen(both, "http-01"), "http-01");
  EXPECT_EQ(chosen(both, "tls-alpn-01"), "tls-alpn-01");
  EXPECT_EQ(chosen({challenge("http-01")}, "tls-alpn-01"), "http-01");
  EXPECT_EQ(chosen({challenge("dns-01")}, "http-01"), "");
}

TEST_F(SolversTest, GoOnWithWhatWasBegun) {
  EXPECT_EQ(chosen({challenge("http-01"), challenge("tls-alpn-01", acme::Status::processing)}, "http-01"), "tls-alpn-01");
}

TEST_F(SolversTest, TryTheOtherTypeAfterEachFailure) {
  EXPECT_EQ(solvers.preferred(kName, "", 0), "http-01");
  EXPECT_EQ(solvers.preferred(kName, "", 1), "tls-alpn-01");
  EXPECT_EQ(solvers.preferred(kName, "http-01", 2), "http-01");
  EXPECT_EQ(solvers.preferred(kName, "tls-alpn-01", 0), "tls-alpn-01");
  EXPECT_EQ(solvers.preferred(kName, "tls-alpn-01", 3), "http-01");
}

TEST_F(SolversTest, KeepTheProofsOfAGroupApart) {
  KeptName row{.name = "site", .members = {{.name = kName}, {.name = "example.org"}}};
  row.proof = with_active(row, "example.org", "two.thumbprint");
  row.proof = with_active(row, kName, "one.thumbprint");
  EXPECT_EQ(row.proof, "@www.example.org one.thumbprint\n@example.org two.thumbprint");
  EXPECT_EQ(active_proof(row, "example.org"), "two.thumbprint");
  EXPECT_EQ(active_proof(row, "other.example.org"), "");
  solvers.restore(row);
  EXPECT_EQ(board.http_answer("one"), "one.thumbprint");
  EXPECT_EQ(board.http_answer("two"), "two.thumbprint");
  row.proof = solvers.withdraw(row, kName);
  EXPECT_EQ(row.proof, "@example.org two.thumbprint");
  EXPECT_EQ(board.http_answer("one"), std::nullopt);
  EXPECT_EQ(board.http_answer("two"), "two.thumbprint");
  EXPECT_EQ(solvers.withdraw(row), "");
  EXPECT_EQ(board.http_answer("two"), std::nullopt);
}

TEST_F(SolversTest, OneProofAnswersBothWaysUntilItIsCleanedUp) {
  const std::vector offered{challenge("http-01")};
  auto& solver = *solvers.choose(kName, offered, "http-01")->solver;
  ASSERT_EQ(solver.present(kName, "token.thumbprint"), true);
  EXPECT_EQ(solver.ready(kName, "token.thumbprint"), true);
  EXPECT_EQ(board.http_answer("token"), "token.thumbprint");
  EXPECT_TRUE(board.tls_answer(kName));
  EXPECT_EQ(solvers.withdraw({.name = kName, .proof = "token.thumbprint"}), "");
  EXPECT_EQ(board.http_answer("token"), std::nullopt);
  EXPECT_FALSE(board.tls_answer(kName));
}

TEST_F(SolversTest, AnotherProcessAnswersWithTheProofThatIsWrittenDown) {
  solvers.restore({.name = kName, .proof = "token.thumbprint"});
  EXPECT_EQ(board.http_answer("token"), "token.thumbprint");
  solvers.restore({.name = kName});
  EXPECT_EQ(board.http_answer("token"), std::nullopt);
}

TEST_F(SolversTest, ANameWithoutAnAddressCannotBeProvedByListening) {
  EXPECT_TRUE(solvers.of("http-01").check(kName));
  resolver.break_name(kName);
  const auto checked = solvers.of("http-01").check(kName);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, ::testing::HasSubstr("this server's DNS lookup failed: www.example.org does not exist"));
}

}  // namespace
}  // namespace carillon::certs
