#include "crypto/key_kind.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

namespace carillon::crypto {
namespace {

TEST(KeyKinds, AreGeneratedAsNamed) {
  for (const auto& [text, bits, type] : {std::tuple{"p256", 256, EVP_PKEY_EC},
                                         {"p384", 384, EVP_PKEY_EC},
                                         {"rsa2048", 2048, EVP_PKEY_RSA},
                                         {"rsa3072", 3072, EVP_PKEY_RSA}}) {
    const auto kind = key_kind_from(text);
    ASSERT_TRUE(kind) << text;
    EXPECT_EQ(name_of(*kind), text);
    const auto key = generate_key(*kind);
    ASSERT_TRUE(key) << key.error().message;
    EXPECT_EQ(EVP_PKEY_get_bits(key->native()), bits);
    EXPECT_EQ(EVP_PKEY_get_base_id(key->native()), type);
  }
  for (const auto* other : {"", "P256", "rsa", "rsa1024", "ed25519"}) EXPECT_FALSE(key_kind_from(other)) << other;
}

}  // namespace
}  // namespace carillon::crypto
