#include "crypto/password.hpp"

#include <gtest/gtest.h>

namespace carillon::crypto {
namespace {

TEST(Password, IsKnownByItsHashOnly) {
  const auto hash = hash_password("the tide waits for nobody");
  EXPECT_TRUE(hash.starts_with("$argon2id$"));
  EXPECT_NE(hash, hash_password("the tide waits for nobody")) << "salted";
  EXPECT_TRUE(is_password("the tide waits for nobody", hash));
  EXPECT_FALSE(is_password("the tide waits for nobody ", hash));
  EXPECT_FALSE(is_password("", hash));
  EXPECT_FALSE(is_password("anything", ""));
  EXPECT_FALSE(is_password("anything", "no hash at all"));
}

TEST(Password, IsRefusedWhereEverybodyWouldGuessIt) {
  EXPECT_TRUE(check_password("the tide waits for nobody"));
  EXPECT_TRUE(check_password("Fähre um fünf"));
  for (const auto* bad : {"", "short", "Password123", "1234567890", "aaaaaaaaaaaaaaaa", "bad \xFF bytes in here"})
    EXPECT_EQ(check_password(bad).error().field, "password") << bad;
  EXPECT_FALSE(check_password(std::string(kLongestPassword + 1, 'x') + "y"));
}

}  // namespace
}  // namespace carillon::crypto
