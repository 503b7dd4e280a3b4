// See encrypted.hpp.

#include "crypto/files/encrypted.hpp"

#include "crypto/memory_bio.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>

namespace carillon::crypto {
namespace {

constexpr std::string_view kArchive = "This is a PKCS#12 file (.pfx, .p12)";
constexpr std::string_view kEncryptedKey = "The private key is encrypted";
/// Nested bags; real files nest them at most once.
constexpr int kDeepestBag = 4;
constexpr std::string_view kPbmac1 = "1.2.840.113549.1.5.14";

inline void free_safes(STACK_OF(PKCS7) * safes) noexcept { sk_PKCS7_pop_free(safes, PKCS7_free); }
inline void free_bags(STACK_OF(PKCS12_SAFEBAG) * bags) noexcept { sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free); }
using SafesHandle = std::unique_ptr<STACK_OF(PKCS7), FreeWith<free_safes>>;
using BagsHandle = std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), FreeWith<free_bags>>;

struct Decryption {
  OSSL_LIB_CTX* context = nullptr;
  bool legacy = false;
};

/// Separate from the program's main context, so that nothing else can use broken ciphers. Exists as long as the program runs.
const Decryption& decryption() {
  static const Decryption made = [] {
    Decryption one{OSSL_LIB_CTX_new(), false};
    OSSL_PROVIDER_load(one.context, "default");
    one.legacy = OSSL_PROVIDER_load(one.context, "legacy") != nullptr;
    ERR_clear_error();
    return one;
  }();
  return made;
}

Result<PrivateKey> key_of(PKCS8_PRIV_KEY_INFO& envelope) {
  const auto sink = memory_bio();
  if (!sink || i2d_PKCS8_PRIV_KEY_INFO_bio(sink.get(), &envelope) != 1)
    return fail(ErrorKind::invalid, "Its key can't be used: " + openssl_reason() + ".");
  return PrivateKey::from_der(content_of(sink.get()));
}

/// OpenSSL has its own name for what it can't decrypt.
bool is_unsupported(unsigned long error) {
  const auto reason = ERR_GET_REASON(error);
  return reason == ERR_R_UNSUPPORTED ||
         (ERR_GET_LIB(error) == ERR_LIB_EVP && (reason == EVP_R_UNSUPPORTED_ALGORITHM || reason == EVP_R_UNKNOWN_CIPHER ||
                                                reason == EVP_R_UNKNOWN_PBE_ALGORITHM || reason == EVP_R_UNSUPPORTED_CIPHER));
}

/// Why decryption failed. OpenSSL's error queue distinguishes a missing cipher from a wrong passphrase.
std::unexpected<Error> not_decrypted(std::string_view what) {
  bool unsupported = false;
  while (const auto error = ERR_get_error()) unsupported = unsupported || is_unsupported(error);
  if (!unsupported) return passphrase_wrong(what);
  return fail(ErrorKind::invalid, std::string(what) + ", but with a method that this system's OpenSSL doesn't support" +
                                      (decryption().legacy ? "" : " (its legacy provider isn't installed)") +
                                      "; export it again with AES-256.");
}

/// The passphrases to try: as given; without one, both spellings of none (RFC 7292 §B.1: an empty text, or nothing at all).
struct Spelling {
  const char* text;
  int length;
};

class Unpacking {
 public:
  Unpacking(PKCS12& archive, const Unlocking& unlocking, CertificateFile& into) : archive_{archive}, unlocking_{unlocking}, into_{into} {}

  Result<> run() {
    if (const auto known = find_spelling(); !known) return known;
    const SafesHandle safes{PKCS12_unpack_authsafes(&archive_)};
    if (!safes) return fail(ErrorKind::invalid, std::string(kArchive) + ", but it is damaged: " + openssl_reason() + ".");
    for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i) {
      if (auto done = safe(*sk_PKCS7_value(safes.get(), i)); !done) return done;
    }
    return {};
  }

 private:
  [[nodiscard]] std::vector<Spelling> spellings() const {
    if (const auto& text = unlocking_.passphrase; text && !text->empty()) return {{text->data(), static_cast<int>(text->size())}};
    return {{"", 0}, {nullptr, 0}};
  }

  Result<> find_spelling() {
    const auto all = spellings();
    spelling_ = all.front();
    if (PKCS12_mac_present(&archive_) != 1) return {};
    const ASN1_INTEGER* rounds = nullptr;
    const X509_ALGOR* algorithm = nullptr;
    PKCS12_get0_mac(nullptr, &algorithm, nullptr, &rounds, &archive_);
    if (algorithm == nullptr) return fail(ErrorKind::invalid, std::string(kArchive) + ", but it is damaged.");
    std::array<char, 64> oid{};
    OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()), algorithm->algorithm, 1);
    if (oid.data() == kPbmac1)
      return fail(ErrorKind::invalid,
                  std::string(kArchive) + " with PBMAC1, which isn't supported; export it again without `-pbmac1_pbkdf2`.");
    std::int64_t count = 1;
    if (rounds != nullptr && ASN1_INTEGER_get_int64(&count, rounds) != 1) count = INT64_MAX;
    ERR_clear_error();
    for (const auto& one : all) {
      if (auto allowed = unlocking_.budget.spend(count); !allowed) return about_archive(allowed);
      if (PKCS12_verify_mac(&archive_, one.text, one.length) == 1) {
        spelling_ = one;
        return {};
      }
    }
    ERR_clear_error();
    return unlocking_.passphrase ? passphrase_wrong(kArchive) : passphrase_missing(kArchive);
  }

  static Result<> about_archive(const Result<>& failed) {
    return fail(failed.error().kind, std::string(kArchive) + ". " + failed.error().message, failed.error().field);
  }

  Result<> safe(PKCS7& one) {
    if (PKCS7_type_is_data(&one)) return bags(BagsHandle{PKCS12_unpack_p7data(&one)}, kDeepestBag);
    if (!PKCS7_type_is_encrypted(&one))
      return fail(ErrorKind::invalid,
                  std::string(kArchive) + " encrypted for a certificate, not with a passphrase; export it again with a passphrase.");
    const auto* content = one.d.encrypted != nullptr ? one.d.encrypted->enc_data : nullptr;
    if (content == nullptr || content->algorithm == nullptr)
      return fail(ErrorKind::invalid, std::string(kArchive) + ", but it is damaged.");
    if (auto allowed = unlocking_.budget.spend(*content->algorithm); !allowed) return about_archive(allowed);
    BagsHandle inside{PKCS12_unpack_p7encdata(&one, spelling_.text, spelling_.length)};
    if (!inside) return locked();
    return bags(inside, kDeepestBag);
  }

  [[nodiscard]] Result<> locked() const {
    if (!unlocking_.passphrase) {
      const auto last = not_decrypted(kArchive);
      return last.error().field.empty() ? Result<>{last} : passphrase_missing(kArchive);
    }
    return not_decrypted(kArchive);
  }

  Result<> bags(const BagsHandle& bags_here, int depth) {
    if (!bags_here) return fail(ErrorKind::invalid, std::string(kArchive) + ", but it is damaged: " + openssl_reason() + ".");
    return every(bags_here.get(), depth);
  }

  // NOLINTNEXTLINE(misc-no-recursion): at most kDeepestBag deep
  Result<> every(const STACK_OF(PKCS12_SAFEBAG) * stack, int depth) {
    for (int i = 0; i < sk_PKCS12_SAFEBAG_num(stack); ++i) {
      if (auto done = bag(*sk_PKCS12_SAFEBAG_value(stack, i), depth); !done) return done;
    }
    return {};
  }

  // NOLINTNEXTLINE(misc-no-recursion): at most kDeepestBag deep
  Result<> bag(const PKCS12_SAFEBAG& one, int depth) {
    switch (PKCS12_SAFEBAG_get_nid(&one)) {
      case NID_keyBag:
        if (const auto* key = PKCS12_SAFEBAG_get0_p8inf(&one)) return take(key_of(const_cast<PKCS8_PRIV_KEY_INFO&>(*key)));
        return {};
      case NID_pkcs8ShroudedKeyBag: {
        const auto* shrouded = PKCS12_SAFEBAG_get0_pkcs8(&one);
        if (shrouded == nullptr) return {};
        const X509_ALGOR* algorithm = nullptr;
        X509_SIG_get0(shrouded, &algorithm, nullptr);
        if (auto allowed = unlocking_.budget.spend(*algorithm); !allowed) return about_archive(allowed);
        const Pkcs8Handle open{PKCS8_decrypt_ex(shrouded, spelling_.text, spelling_.length, decryption_context(), nullptr)};
        if (!open) return locked();
        return take(key_of(*open));
      }
      case NID_certBag: {
        if (PKCS12_SAFEBAG_get_bag_nid(&one) != NID_x509Certificate) return {};
        const X509Handle certificate{PKCS12_SAFEBAG_get1_cert(&one)};
        if (!certificate)
          return fail(ErrorKind::invalid, std::string(kArchive) + ", but a certificate in it is damaged: " + openssl_reason() + ".");
        // Read again, outside the context that supports broken ciphers.
        const auto der = Certificate{X509Handle{X509_dup(certificate.get())}}.to_der();
        if (!der) return std::unexpected(der.error());
        auto clean = Certificate::from_der(*der);
        if (!clean) return forward_error(clean);
        return add(into_, std::move(*clean));
      }
      case NID_safeContentsBag: {
        if (depth == 0) return fail(ErrorKind::invalid, std::string(kArchive) + ", but its parts are nested too deeply.");
        return every(PKCS12_SAFEBAG_get0_safes(&one), depth - 1);
      }
      default:
        return {};  // CRLs and secrets
    }
  }

  Result<> take(Result<PrivateKey> key) {
    if (!key) return forward_error(key);
    return add(into_, std::move(*key));
  }

  PKCS12& archive_;
  const Unlocking& unlocking_;
  CertificateFile& into_;
  Spelling spelling_{"", 0};
};

/// What OpenSSL calls for the passphrase of an old PEM key.
int give_passphrase(char* buffer, int size, int, void* passphrase) {
  const auto& text = *static_cast<const std::string*>(passphrase);
  if (text.size() > static_cast<std::size_t>(size)) return -1;
  std::copy(text.begin(), text.end(), buffer);
  return static_cast<int>(text.size());
}

}  // namespace

std::unexpected<Error> passphrase_missing(std::string_view what) {
  return fail(ErrorKind::invalid, std::string(what) + " and needs its passphrase.", "passphrase");
}

std::unexpected<Error> passphrase_wrong(std::string_view what) {
  return fail(ErrorKind::invalid, std::string(what) + ", and the passphrase is wrong.", "passphrase");
}

OSSL_LIB_CTX* decryption_context() { return decryption().context; }

Pkcs12Handle pkcs12_from_der(const unsigned char** cursor, long length) {
  PKCS12* empty = PKCS12_init_ex(NID_pkcs7_data, decryption_context(), nullptr);
  // Frees `empty` itself if it fails.
  return Pkcs12Handle{empty == nullptr ? nullptr : d2i_PKCS12(&empty, cursor, length)};
}

Result<> unpack(PKCS12& archive, const Unlocking& unlocking, CertificateFile& into) { return Unpacking{archive, unlocking, into}.run(); }

Result<PrivateKey> decrypt(const X509_SIG& key, const Unlocking& unlocking) {
  if (!unlocking.passphrase) return passphrase_missing(kEncryptedKey);
  const X509_ALGOR* algorithm = nullptr;
  X509_SIG_get0(&key, &algorithm, nullptr);
  if (auto allowed = unlocking.budget.spend(*algorithm); !allowed)
    return fail(ErrorKind::invalid, std::string(kEncryptedKey) + ". " + allowed.error().message);
  const Pkcs8Handle open{
      PKCS8_decrypt_ex(&key, unlocking.passphrase->data(), static_cast<int>(unlocking.passphrase->size()), decryption_context(), nullptr)};
  if (!open) return not_decrypted(kEncryptedKey);
  return key_of(*open);
}

Result<PrivateKey> decrypt_old_pem(std::string_view pem, const Unlocking& unlocking) {
  if (!unlocking.passphrase) return passphrase_missing(kEncryptedKey);
  const auto source = memory_bio_over(pem);
  auto passphrase = *unlocking.passphrase;
  const KeyHandle key{
      source ? PEM_read_bio_PrivateKey_ex(source.get(), nullptr, give_passphrase, &passphrase, decryption_context(), nullptr) : nullptr};
  OPENSSL_cleanse(passphrase.data(), passphrase.size());
  if (!key) return not_decrypted(kEncryptedKey);
  const Pkcs8Handle open{EVP_PKEY2PKCS8(key.get())};
  if (!open) return fail(ErrorKind::invalid, "The private key can't be used: " + openssl_reason() + ".");
  return key_of(*open);
}

Result<> add(CertificateFile& into, Certificate certificate) {
  if (into.certificates.size() == kMaxCertificatesInFile)
    return fail(ErrorKind::invalid, "The file contains more than " + std::to_string(kMaxCertificatesInFile) +
                                        " certificates; provide only your certificate and its chain.");
  into.certificates.push_back(std::move(certificate));
  return {};
}

Result<> add(CertificateFile& into, PrivateKey key) {
  if (into.keys.size() == kMaxKeysInFile)
    return fail(ErrorKind::invalid,
                "The file contains more than " + std::to_string(kMaxKeysInFile) + " private keys; provide only the certificate's own key.");
  into.keys.push_back(std::move(key));
  return {};
}

}  // namespace carillon::crypto
