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

TEST(Password, AMissingAccountCostsAsMuchAsAnExistingOne) {
  // The cost stands in the hash: "$argon2id$v=19$m=19456,t=2,p=1$salt$hash".
  const auto cost = [](std::string_view hash) { return hash.substr(0, hash.find('$', hash.find("m="))); };
  EXPECT_EQ(cost(kHashOfNobody), cost(hash_password("the tide waits for nobody")));
  EXPECT_TRUE(is_password("nobody has this password", std::string(kHashOfNobody))) << "a hash that can't be read would cost nothing";
  EXPECT_FALSE(is_password("nobody has this password", ""));
}

TEST(Password, TooLongAPasswordIsNotHashed) {
  const std::string longest(kMaxPasswordBytes, 'x');
  const auto hash = hash_password(longest);
  EXPECT_TRUE(is_password(longest, hash)) << "what was once allowed goes on working";
  EXPECT_FALSE(is_password(longest + "x", hash_password(longest + "x")));
}

}  // namespace
}  // namespace carillon::crypto
