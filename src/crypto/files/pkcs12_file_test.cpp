#include "crypto/files/pkcs12_file.hpp"

#include "crypto/files/certificate_file.hpp"
#include "crypto/testing/authority.hpp"

#include <gtest/gtest.h>

namespace carillon::crypto {
namespace {

constexpr Time kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};

class Pkcs12Files : public ::testing::Test {
 protected:
  Pkcs12Content content(const testing::Served& served) const {
    Pkcs12Content made{.key_pem = *served.key->to_pem(), .chain_pem = {}, .alias = "www.example.org", .passphrase = "pass wörd"};
    for (const auto& certificate : served.chain) made.chain_pem += *certificate.to_pem();
    return made;
  }

  testing::Authority authority_{kNow};
  testing::Served served_ = authority_.make(testing::Kind::good, "www.example.org");
};

TEST_F(Pkcs12Files, ContainTheKeyAndItsChain) {
  const auto der = make_pkcs12(content(served_));
  ASSERT_TRUE(der) << der.error().message;
  const auto file = read_certificate_file(*der, {.passphrase = "pass wörd"});
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->certificates.size(), served_.chain.size());
  ASSERT_EQ(file->keys.size(), 1U);
  EXPECT_TRUE(file->certificates.front().matches(file->keys.front()));
  EXPECT_FALSE(read_certificate_file(*der, {.passphrase = "another"}));
}

TEST_F(Pkcs12Files, AreComparedByContentBecauseTheirSaltDiffers) {
  const auto wanted = content(served_);
  const auto der = *make_pkcs12(wanted);
  ASSERT_NE(der, *make_pkcs12(wanted));
  EXPECT_TRUE(has_content(der, wanted));
  EXPECT_FALSE(has_content(der.substr(0, der.size() - 1), wanted));
  EXPECT_FALSE(has_content("", wanted));
  auto other = wanted;
  other.passphrase = "changed";
  EXPECT_FALSE(has_content(der, other));
  EXPECT_FALSE(has_content(der, content(authority_.make(testing::Kind::good, "www.example.org")))) << "another certificate";
  other = wanted;
  other.chain_pem = *served_.chain.front().to_pem();
  EXPECT_EQ(has_content(der, other), served_.chain.size() == 1) << "without the intermediate";
}

TEST_F(Pkcs12Files, NeedAKeyThatMatches) {
  auto wrong = content(served_);
  testing::Authority others{kNow};
  wrong.key_pem = *others.make(testing::Kind::good, "www.example.org").key->to_pem();
  const auto der = make_pkcs12(wrong);
  ASSERT_FALSE(der);
  EXPECT_NE(der.error().message.find("can't be written"), std::string::npos);
}

}  // namespace
}  // namespace carillon::crypto
