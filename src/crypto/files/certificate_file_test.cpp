#include "crypto/files/certificate_file.hpp"

#include "base/encoding.hpp"
#include "crypto/files/derivation_budget.hpp"
#include "crypto/handles.hpp"
#include "crypto/testing/authority.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pkcs12.h>

#include <chrono>

namespace carillon::crypto {
namespace {

using ::testing::HasSubstr;

constexpr Time kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};

class CertificateFiles : public ::testing::Test {
 protected:
  std::string pfx(int rounds, int mac_rounds) const {
    const std::unique_ptr<STACK_OF(X509), FreeWith<free_borrowed_stack>> others{sk_X509_new_null()};
    for (std::size_t i = 1; i < served_.chain.size(); ++i) sk_X509_push(others.get(), served_.chain[i].native());
    const std::unique_ptr<PKCS12, FreeWith<PKCS12_free>> made{
        PKCS12_create("secret", "name", served_.key->native(), served_.chain.front().native(), others.get(), 0, 0, rounds, mac_rounds, 0)};
    unsigned char* der = nullptr;
    const int size = i2d_PKCS12(made.get(), &der);
    std::string bytes{reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)};
    OPENSSL_free(der);
    return bytes;
  }

  testing::Authority authority_{kNow};
  testing::Served served_ = authority_.make(testing::Kind::good, "www.example.org");
};

TEST_F(CertificateFiles, APkcs12FileGivesItsChainAndItsKey) {
  const auto file = read_certificate_file(pfx(2048, 2048), {.passphrase = "secret"});
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->certificates.size(), served_.chain.size());
  ASSERT_EQ(file->keys.size(), 1U);
  EXPECT_TRUE(file->certificates.front().matches(file->keys.front()));
}

TEST_F(CertificateFiles, ItSaysWhenThePassphraseIsMissingOrWrong) {
  for (const auto& passphrase : {std::optional<std::string>{}, std::optional<std::string>{"other"}}) {
    const auto file = read_certificate_file(pfx(2048, 2048), {.passphrase = passphrase});
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().field, "passphrase");
    EXPECT_THAT(file.error().message, HasSubstr(passphrase ? "the passphrase is wrong" : "needs its passphrase"));
  }
}

TEST_F(CertificateFiles, AFileCannotKeepTheMachineBusy) {
  for (const auto& [rounds, mac_rounds] : {std::pair{6000, 1}, std::pair{1, 6000}, std::pair{4000, 4000}}) {
    const auto file = read_certificate_file(pfx(rounds, mac_rounds), {.passphrase = "secret", .max_rounds = 5000});
    ASSERT_FALSE(file) << rounds;
    EXPECT_THAT(file.error().message, HasSubstr("takes too long to check"));
  }
}

TEST_F(CertificateFiles, ScryptIsBoundedByItsWholeCost) {
  const auto algorithm = [](std::uint64_t n, std::uint64_t r, std::uint64_t p) {
    const unsigned char salt[8]{};
    return std::unique_ptr<X509_ALGOR, FreeWith<X509_ALGOR_free>>{
        PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt, sizeof salt, nullptr, n, r, p)};
  };
  EXPECT_TRUE(DerivationBudget{kMaxDerivationRounds}.spend(*algorithm(16'384, 8, 1)));
  EXPECT_FALSE(DerivationBudget{kMaxDerivationRounds}.spend(*algorithm(16'384, 1, 1'000)));
}

TEST_F(CertificateFiles, EveryCutFileIsRefused) {
  const auto whole = pfx(1, 1);
  for (std::size_t length = 0; length < whole.size(); ++length)
    ASSERT_FALSE(read_certificate_file(std::string_view{whole}.substr(0, length), {.passphrase = "secret"})) << length;
}

TEST_F(CertificateFiles, ShortKeysAreDerToo) {
  const auto ed25519 = from_base64("MC4CAQAwBQYDK2VwBCIEIHcHbQpzGKV9PBbBclGyZkXfTC+H68CZKrF3+6UduSwq").value();
  const std::string_view der{reinterpret_cast<const char*>(ed25519.data()), ed25519.size()};
  EXPECT_TRUE(read_certificate_file(der, {.expected = FileContent::key}));
  EXPECT_TRUE(read_certificate_file(to_base64(ed25519), {.expected = FileContent::key}));
}

}  // namespace
}  // namespace carillon::crypto
