#pragma once
// The certificates in one file, in any of these formats: PEM, DER, PKCS#7, PKCS#12, Java keystores, and YAML or JSON with PEM in Base64
// (kubeconfig, secrets of Kubernetes). Pure; keys are skipped, never decrypted.

#include "crypto/certificate.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::certs {

/// Certificates read from one file at most.
inline constexpr std::size_t kMaxCertificatesInFile = 10'000;
/// Values in Base64 read from one file at most.
inline constexpr std::size_t kMaxEncodedValues = 1'000;
/// Rounds of a password-based key derivation. A file that requires more would take minutes.
inline constexpr std::uint64_t kMaxDerivationRounds = 200'000;
/// Parts of a PKCS#12 file that are decrypted.
inline constexpr int kMaxDecryptedParts = 8;

/// A leaf with its issuers from the same file, or a single CA certificate.
struct ContainedChain {
  std::string label;  ///< which one in the file: an alias, a key or a name; "" if it's the only one
  std::vector<crypto::Certificate> certificates;
};

struct Contents {
  std::vector<ContainedChain> chains;
  bool is_bundle = false;               ///< more than crypto::kLongestChain certificates, all of CAs: roots that no server uses
  std::string unread;                   ///< why some or all of it was not read, as the end of a sentence; "" if nothing is missing
  std::vector<std::string> references;  ///< certificate files that it mentions, as written (kubeconfig)

  [[nodiscard]] bool is_none() const noexcept { return chains.empty() && unread.empty() && references.empty(); }
};

/// What a file with this name and content contains. Empty if it has nothing to do with certificates.
[[nodiscard]] Contents contents_of(std::string_view file_name, std::string_view content);

/// Whether its certificate may issue others.
[[nodiscard]] bool is_authority(const crypto::Certificate& certificate);
/// Whether both are the same certificate.
[[nodiscard]] crypto::Certificate another(const crypto::Certificate& certificate);

}  // namespace carillon::certs
