// See certificate_file.hpp.

#include "crypto/files/certificate_file.hpp"

#include "base/text.hpp"
#include "crypto/files/encrypted.hpp"
#include "crypto/files/file_text.hpp"

#include <openssl/err.h>
#include <openssl/pkcs7.h>

#include <algorithm>
#include <array>
#include <utility>

namespace carillon::crypto {
namespace {

using Pkcs7Handle = std::unique_ptr<PKCS7, FreeWith<PKCS7_free>>;
using RequestHandle = std::unique_ptr<X509_REQ, FreeWith<X509_REQ_free>>;
using RevocationListHandle = std::unique_ptr<X509_CRL, FreeWith<X509_CRL_free>>;

constexpr std::string_view kCertificateForms = "Provide the certificate as PEM, DER, PKCS#7 (.p7b) or PKCS#12 (.pfx, .p12).";
constexpr std::string_view kKeyForms = "Provide the private key as PEM, DER or PKCS#12 (.pfx, .p12).";
constexpr std::string_view kRequest =
    "This is a certificate signing request, not a certificate: send it to the CA, and import the certificate that it returns.";
constexpr std::string_view kRevocationList =
    "This is a list of revoked certificates (CRL), not a certificate. Import the file that contains your certificate.";
constexpr std::string_view kPublicKey =
    "This is a public key, not a certificate. Import the certificate, and the private key that belongs to it.";
constexpr std::string_view kSshKey = "This is an SSH key, not a TLS key. Import the key that the certificate was requested with.";

/// Files that people mistake for certificates, by their first bytes.
struct Lookalike {
  std::string_view start;
  std::string_view sentence;
};
constexpr std::array kLookalikes{
    Lookalike{"\xfe\xed\xfe\xed",
              "This is a Java keystore (JKS). Convert it with `keytool -importkeystore -srckeystore FILE -destkeystore new.p12 "
              "-deststoretype PKCS12`, and import new.p12."},
    Lookalike{
        "\xce\xce\xce\xce",
        "This is a Java keystore (JCEKS). Convert it with `keytool -importkeystore -srckeystore FILE -srcstoretype JCEKS -destkeystore "
        "new.p12 -deststoretype PKCS12`, and import new.p12."},
    Lookalike{"PK\x03\x04", "This is a ZIP archive: unpack it, and import the certificate in it."},
    Lookalike{"\x1f\x8b", "This is a gzip archive: unpack it, and import the certificate in it."},
    Lookalike{"7z\xbc\xaf", "This is a 7-Zip archive: unpack it, and import the certificate in it."},
    Lookalike{"%PDF", "This is a PDF document, not a certificate. Download the certificate's own file from the CA."},
    Lookalike{"PuTTY-User-Key-File", kSshKey},
    Lookalike{"ssh-", kSshKey},
    Lookalike{"ecdsa-sha2-", kSshKey},
    Lookalike{"<",
              "This is a web page, not a certificate: perhaps the CA's error or sign-in page was saved. Download the certificate again."},
};

/// Reads one file; its members contain what it has found so far.
class Reading {
 public:
  explicit Reading(const FileOptions& options) : options_{options}, budget_{options.max_rounds} {}

  Result<CertificateFile> read(std::string_view bytes) {
    if (bytes.size() > kLargestCertificateFile)
      return fail(ErrorKind::invalid, "The file is larger than " + std::to_string(kLargestCertificateFile >> 10) +
                                          " KiB. A certificate with its chain and key is far smaller. Check that it's the right file.");
    if (options_.passphrase && options_.passphrase->size() > kLongestPassphrase)
      return fail(ErrorKind::invalid, "The passphrase is longer than " + std::to_string(kLongestPassphrase) + " bytes.", "passphrase");
    if (trimmed(bytes).empty()) return fail(ErrorKind::invalid, "The file is empty. " + std::string(forms()));
    if (auto done = contents(bytes); !done) return forward_error(done);
    if (!(key_expected() ? file_.keys.empty() : file_.certificates.empty())) return std::move(file_);
    if (!instead_.empty()) return fail(ErrorKind::invalid, std::string(instead_));
    if (key_expected())
      return fail(ErrorKind::invalid, std::string(file_.certificates.empty() ? "The file contains no private key. "
                                                                             : "The file contains a certificate, but no private key. ") +
                                          std::string(forms()));
    return fail(ErrorKind::invalid, std::string(file_.keys.empty() ? "The file contains no certificate. "
                                                                   : "The file contains a private key, but no certificate. ") +
                                        std::string(forms()));
  }

 private:
  /// `wrapped`: it came as base64.
  // NOLINTNEXTLINE(misc-no-recursion): once
  Result<> contents(std::string_view bytes, bool wrapped = false) {
    if (is_der(bytes)) return der(bytes);
    if (auto known = refuse_lookalike(bytes); !known) return known;
    const auto text = as_text(bytes);
    const auto blocks = pem_blocks(text);
    if (!blocks) return std::unexpected(blocks.error());
    for (const auto& block : *blocks) {
      if (auto done = pem(block); !done) return done;
    }
    if (!blocks->empty()) return {};
    if (const auto inner = wrapped ? std::nullopt : bare_base64(text)) return contents(*inner, true);
    const auto start = trimmed(text);
    if (auto known = refuse_lookalike(start); !known) return known;
    if (start.find("BEGIN ") != std::string::npos)
      return fail(
          ErrorKind::invalid,
          "Its PEM lines were changed in copying: “BEGIN” and “END” need five hyphens on each side. Copy the file itself, not its text.");
    return fail(ErrorKind::invalid, not_it());
  }

  [[nodiscard]] bool key_expected() const noexcept { return options_.expected == FileContent::key; }
  [[nodiscard]] std::string_view forms() const noexcept { return key_expected() ? kKeyForms : kCertificateForms; }
  [[nodiscard]] std::string not_it() const {
    return std::string(key_expected() ? "This isn't a private key. " : "This isn't a certificate. ") + std::string(forms());
  }

  /// A SEQUENCE tag is also the digit 0. A long SEQUENCE has a long length; a short one begins with a number, an identifier or another
  /// SEQUENCE.
  static bool is_der(std::string_view bytes) {
    constexpr std::string_view kFirstOfShort = "\x02\x06\x30";
    return bytes.size() > 2 && bytes[0] == '\x30' &&
           ((static_cast<unsigned char>(bytes[1]) & 0x80U) != 0 || kFirstOfShort.contains(bytes[2]));
  }

  static Result<> refuse_lookalike(std::string_view bytes) {
    for (const auto& one : kLookalikes) {
      if (bytes.starts_with(one.start)) return fail(ErrorKind::invalid, std::string(one.sentence));
    }
    return {};
  }

  Result<> pem(const PemBlock& block) {
    const std::string_view label = block.label;
    if (label == "OPENSSH PRIVATE KEY") return note(kSshKey);
    if (label.starts_with("PGP ") || label.starts_with("SSH2 "))
      return note("This is a PGP or SSH key, not a TLS certificate. Import the file from the CA.");
    if (label.ends_with(" PARAMETERS")) return {};
    if (!block.cipher.empty()) {
      auto key = decrypt_old_pem(proper_pem(block), unlocking());
      if (!key) return forward_error(key);
      return add(file_, std::move(*key));
    }
    if (label == "TRUSTED CERTIFICATE") {
      const auto* cursor = start_of(block.der);
      const X509Handle certificate{d2i_X509_AUX(nullptr, &cursor, static_cast<long>(block.der.size()))};
      ERR_clear_error();
      if (certificate) return copy(*certificate);
    }
    auto done = der(block.der);
    if (!done && done.error().field.empty())
      return fail(done.error().kind,
                  "The PEM block “" + block.label + "” on line " + std::to_string(block.line) + ": " + done.error().message);
    return done;
  }

  /// Several DER objects in a row, as from `cat a.der b.der`.
  Result<> der(std::string_view bytes) {
    while (is_der(bytes)) {
      if (auto complete = check_length(bytes); !complete) return complete;
      const auto before = bytes.size();
      if (auto done = object(bytes); !done) return done;
      if (bytes.size() == before) break;
    }
    return {};
  }

  /// A DER object contains its own length; a shorter one was cut off.
  Result<> check_length(std::string_view bytes) {
    const auto first = static_cast<unsigned char>(bytes[1]);
    std::size_t length = first;
    std::size_t head = 2;
    if (first == 0x80) return {};  // BER without a length, as older tools write PKCS#12
    if (first > 0x80) {
      const std::size_t digits = first & 0x7fU;
      if (digits > 4 || bytes.size() < 2 + digits) return fail(ErrorKind::invalid, not_it());
      length = 0;
      for (std::size_t i = 0; i < digits; ++i) length = length << 8 | static_cast<unsigned char>(bytes[2 + i]);
      head += digits;
    }
    if (bytes.size() - head >= length) return {};
    return fail(ErrorKind::invalid, "It was cut off: it has " + std::to_string(bytes.size()) + " of " + std::to_string(head + length) +
                                        " bytes. Copy or download it again.");
  }

  /// Removes the first object from `bytes` and returns it.
  Result<> object(std::string_view& bytes) {
    const auto length = static_cast<long>(bytes.size());
    const auto* begin = start_of(bytes);
    const auto* cursor = begin;
    const auto consumed = [&] { bytes.remove_prefix(static_cast<std::size_t>(cursor - begin)); };
    const auto again = [&] {
      ERR_clear_error();
      cursor = begin;
    };
    if (const X509Handle certificate{d2i_X509(nullptr, &cursor, length)}; certificate) {
      auto done = copy(*certificate);
      consumed();
      return done;
    }
    again();
    if (const Pkcs7Handle bundle{d2i_PKCS7(nullptr, &cursor, length)}; bundle) {
      auto done = certificates_of(*bundle);
      consumed();
      return done;
    }
    again();
    if (const auto archive = pkcs12_from_der(&cursor, length)) {
      auto done = unpack(*archive, unlocking(), file_);
      consumed();
      return done;
    }
    again();
    if (const EncryptedKeyHandle key{d2i_X509_SIG(nullptr, &cursor, length)}; key && is_encryption(*key)) {
      auto open = decrypt(*key, unlocking());
      if (!open) return forward_error(open);
      consumed();
      return add(file_, std::move(*open));
    }
    again();
    if (const KeyHandle key{d2i_AutoPrivateKey(nullptr, &cursor, length)}; key) {
      const Pkcs8Handle envelope{EVP_PKEY2PKCS8(key.get())};
      unsigned char* der_of_key = nullptr;
      const int size = envelope ? i2d_PKCS8_PRIV_KEY_INFO(envelope.get(), &der_of_key) : -1;
      if (size < 0) return fail(ErrorKind::invalid, "The private key can't be used: " + openssl_reason() + ".");
      auto clean = PrivateKey::from_der({reinterpret_cast<const char*>(der_of_key), static_cast<std::size_t>(size)});
      OPENSSL_clear_free(der_of_key, static_cast<std::size_t>(size));
      if (!clean) return forward_error(clean);
      consumed();
      return add(file_, std::move(*clean));
    }
    again();
    if (const RequestHandle request{d2i_X509_REQ(nullptr, &cursor, length)}; request) {
      consumed();
      return note(kRequest);
    }
    again();
    if (const RevocationListHandle list{d2i_X509_CRL(nullptr, &cursor, length)}; list) {
      consumed();
      return note(kRevocationList);
    }
    again();
    if (const KeyHandle key{d2i_PUBKEY(nullptr, &cursor, length)}; key) {
      consumed();
      return note(kPublicKey);
    }
    ERR_clear_error();
    return fail(ErrorKind::invalid, "It is neither a certificate nor a private key, or it is damaged. " + std::string(forms()));
  }

  /// A public key has the same shape as an encrypted private one.
  static bool is_encryption(const X509_SIG& key) {
    const X509_ALGOR* algorithm = nullptr;
    X509_SIG_get0(&key, &algorithm, nullptr);
    const bool known = EVP_PBE_find(EVP_PBE_TYPE_OUTER, OBJ_obj2nid(algorithm->algorithm), nullptr, nullptr, nullptr) == 1;
    ERR_clear_error();
    return known;
  }

  Result<> certificates_of(const PKCS7& bundle) {
    if (!PKCS7_type_is_signed(&bundle) || bundle.d.sign == nullptr)
      return note(
          "This is a PKCS#7 file without certificates (a message). Import the CA's file that contains your certificate (.p7b, .crt "
          "or .pfx).");
    for (int i = 0; i < sk_X509_num(bundle.d.sign->cert); ++i) {
      if (auto done = copy(*sk_X509_value(bundle.d.sign->cert, i)); !done) return done;
    }
    return {};
  }

  Result<> copy(const X509& certificate) {
    unsigned char* text = nullptr;
    const int size = i2d_X509(&certificate, &text);
    if (size < 0) return fail(ErrorKind::invalid, "A certificate in it is damaged: " + openssl_reason() + ".");
    auto clean = Certificate::from_der({reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)});
    OPENSSL_free(text);
    if (!clean) return forward_error(clean);
    return add(file_, std::move(*clean));
  }

  /// Something other than what was requested, which may be next to it.
  Result<> note(std::string_view sentence) {
    if (instead_.empty()) instead_ = sentence;
    return {};
  }

  static const unsigned char* start_of(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
  Unlocking unlocking() { return {options_.passphrase, budget_}; }

  const FileOptions& options_;
  DerivationBudget budget_;
  CertificateFile file_;
  std::string_view instead_;
};

}  // namespace

Result<CertificateFile> read_certificate_file(std::string_view bytes, const FileOptions& options) { return Reading{options}.read(bytes); }

}  // namespace carillon::crypto
