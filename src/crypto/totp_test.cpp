#include "crypto/totp.hpp"

#include "base/testing/testing.hpp"

#include <gtest/gtest.h>

namespace carillon::crypto {
namespace {

using namespace std::chrono_literals;

/// "12345678901234567890" of RFC 6238's appendix B, in base32.
constexpr std::string_view kSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

TEST(Totp, GivesTheCodesOfTheStandard) {
  // Appendix B has eight digits; ours are the last six of these.
  EXPECT_EQ(totp_code(kSecret, 59 / 30), "287082");
  EXPECT_EQ(totp_code(kSecret, 1111111109 / 30), "081804");
  EXPECT_EQ(totp_code(kSecret, 1234567890 / 30), "005924");
  EXPECT_EQ(totp_code(kSecret, 20000000000 / 30), "353130");
}

TEST(Totp, TakesTheStepsBesideAndEachOnce) {
  const Time now{1234567890s};
  const auto step = 1234567890 / 30;
  for (const auto beside : {-1, 0, 1}) EXPECT_EQ(accepted_totp_step(kSecret, totp_code(kSecret, step + beside), now, 0), step + beside);
  EXPECT_FALSE(accepted_totp_step(kSecret, totp_code(kSecret, step + 2), now, 0));
  EXPECT_FALSE(accepted_totp_step(kSecret, totp_code(kSecret, step), now, step));
  EXPECT_FALSE(accepted_totp_step(kSecret, "", now, 0));
  EXPECT_EQ(accepted_totp_step(kSecret, totp_code(kSecret, step), now, step + 1'000'000), step)
      << "accepted by a clock that was a year ahead";
}

TEST(Totp, ANewSecretIs160BitsAndReadsBack) {
  carillon::testing::SeededRandom random;
  const auto secret = new_totp_secret(random);
  EXPECT_EQ(secret.size(), 32U);
  EXPECT_NE(secret, new_totp_secret(random));
  EXPECT_EQ(totp_address(secret, "Carillon", "ada@example.org"),
            "otpauth://totp/Carillon:ada%40example.org?secret=" + secret + "&issuer=Carillon");
}

}  // namespace
}  // namespace carillon::crypto
