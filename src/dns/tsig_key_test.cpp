#include "dns/tsig_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::dns {
namespace {

constexpr auto kSecret = "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=";

void expect_key(const std::string& text, const std::string& algorithm = "hmac-sha256") {
  const auto key = parse_tsig_key(text);
  ASSERT_TRUE(key) << text << "\n" << key.error().message;
  EXPECT_EQ(key->name, "acme.example.org") << text;
  EXPECT_EQ(key->algorithm, algorithm) << text;
  EXPECT_EQ(key->secret, kSecret) << text;
}

TEST(TsigKeys, AreReadAsEachToolWritesThem) {
  expect_key(std::string("key \"acme.example.org\" {\n\talgorithm hmac-sha256;\n\tsecret \"") + kSecret + "\";\n};\n");
  expect_key(std::string("key Acme.Example.org. { secret '") + kSecret + "'; algorithm HMAC-SHA512; };", "hmac-sha512");
  expect_key(std::string("# hmac-sha256:acme.example.org:") + kSecret +
             "\nkey:\n  - id: acme.example.org\n    algorithm: hmac-sha256\n    secret: " + kSecret + "\n");
  expect_key(std::string("hmac-sha384:acme.example.org.:") + kSecret + "\n", "hmac-sha384");
  expect_key(std::string("acme.example.org:") + kSecret);
  expect_key(std::string("// for the keeper\nkey acme.example.org {secret ") + kSecret + ";};");
}

TEST(TsigKeys, MayHoldAnythingThatBase64Has) {
  const auto key = parse_tsig_key("key a { algorithm hmac-sha256; secret \"ab//cd+/ef//gh0=\"; };");
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->secret, "ab//cd+/ef//gh0=");
}

TEST(TsigKeys, ThatCannotBeUsedSayWhyWithoutTheirSecret) {
  const auto why = [](const std::string& text) {
    const auto key = parse_tsig_key(text);
    EXPECT_FALSE(key) << text;
    return key ? std::string{} : key.error().message;
  };
  using ::testing::HasSubstr;
  EXPECT_THAT(why(""), HasSubstr("tsig-keygen"));
  EXPECT_THAT(why(kSecret), HasSubstr("tsig-keygen"));
  EXPECT_THAT(why("key a { algorithm hmac-sha256; };"), HasSubstr("tsig-keygen"));
  EXPECT_THAT(why(std::string("hmac-md5:acme:") + kSecret), HasSubstr("algorithm"));
  EXPECT_THAT(why("hmac-sha256:acme:not base64"), HasSubstr("tsig-keygen"));
  EXPECT_THAT(why("hmac-sha256:acme:Tm90IQ=!"), HasSubstr("base64"));
  EXPECT_THAT(why("hmac-sha256:acme:YQ=="), HasSubstr("too short"));
  EXPECT_THAT(why(std::string("hmac-sha256:a..b:") + kSecret), HasSubstr("name"));
  EXPECT_THAT(why(std::string("key a { secret ") + kSecret + "; }; key b { secret " + kSecret + "; };"), HasSubstr("more than one"));
  EXPECT_THAT(why(std::string(kMaxTsigKeyFile + 1, ' ')), HasSubstr("too large"));
  EXPECT_THAT(why("hmac-sha256:acme:YQ=="), ::testing::Not(HasSubstr("YQ==")));
}

}  // namespace
}  // namespace carillon::dns
