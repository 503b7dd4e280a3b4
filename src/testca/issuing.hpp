#pragma once
// The authority's keys and what is signed with them: two roots, one intermediate known to both, leaves.

#include "base/random.hpp"
#include "base/time.hpp"
#include "crypto/certificate.hpp"

#include <array>
#include <string>
#include <vector>

namespace carillon::testca {

/// What a signing request says (RFC 2986), checked.
struct SigningRequest {
  std::vector<std::string> names;  ///< lower case, sorted, each once
  crypto::KeyHandle key;
  std::string public_key_der;  ///< SubjectPublicKeyInfo
};
/// `invalid`: not PKCS#10, no names, a weak key, a wrong signature (only looked at if `verify`).
[[nodiscard]] Result<SigningRequest> read_signing_request(std::string_view der, bool verify);

/// The identifier of RFC 9773 §4.1.
[[nodiscard]] std::string certificate_identifier(const X509* certificate);

struct IssuedCertificate {
  std::string der;
  std::string identifier;
  std::string serial;  ///< hex
};

/// Immutable after create(); the same Random gives the same keys. Any thread.
class Issuing {
 public:
  static constexpr std::size_t kChains = 2;

  [[nodiscard]] static Result<Issuing> create(Random& random, Time now);

  struct IssueOptions {
    std::vector<std::string> names;
    Time not_before;
    Time not_after;
    std::string revocation_list{};  ///< URL; "": none
  };
  [[nodiscard]] Result<IssuedCertificate> issue(const IssueOptions& options, std::string_view public_key_der, Random& random) const;

  struct RevokedSerial {
    std::string serial;  ///< hex
    Time at;
  };
  /// A CRL of the intermediate, DER.
  [[nodiscard]] std::string revocation_list(const std::vector<RevokedSerial>& revoked, Time now) const;

  [[nodiscard]] const std::string& root_pem(std::size_t chain) const { return root_pem_.at(chain); }
  /// The intermediate under root `chain`: one key and one name, so that every leaf has as many chains as there are roots.
  [[nodiscard]] const std::string& intermediate_pem(std::size_t chain) const { return intermediate_pem_.at(chain); }
  /// An intermediate of the same name whose key signed nothing.
  [[nodiscard]] const std::string& wrong_intermediate_pem() const { return wrong_intermediate_pem_; }
  /// A key that nobody asked a certificate for, as SubjectPublicKeyInfo.
  [[nodiscard]] const std::string& foreign_key_der() const { return foreign_key_der_; }
  /// Bears the intermediate's key identifier: the first half of every certificate identifier.
  [[nodiscard]] const std::string& key_identifier() const { return key_identifier_; }

 private:
  explicit Issuing(crypto::PrivateKey key) : key_{std::move(key)} {}

  crypto::PrivateKey key_;
  // DER, made once: OpenSSL's builders of extensions and keys are the slow part of an issuance.
  std::string foreign_key_der_;
  std::string issuer_name_;
  std::string same_in_every_leaf_;  ///< extensions
  std::array<std::string, kChains> root_pem_;
  std::array<std::string, kChains> intermediate_pem_;
  std::string wrong_intermediate_pem_;
  std::string key_identifier_;
};

/// PEM (RFC 7468) of one certificate.
[[nodiscard]] std::string certificate_pem(std::string_view der);

}  // namespace carillon::testca
