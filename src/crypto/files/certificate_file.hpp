#pragma once
// Reads certificates and keys from files in all the forms that CAs, Windows, Java and OpenSSL produce.

#include "crypto/certificate.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::crypto {

/// A PKCS#12 file with a long chain and its key has about 20 KiB.
inline constexpr std::size_t kLargestCertificateFile = 256 << 10;
/// A Java truststore has about 150 certificates.
inline constexpr std::size_t kMaxCertificatesInFile = 200;
inline constexpr std::size_t kMaxKeysInFile = 20;
inline constexpr std::size_t kLongestPassphrase = 1024;
/// How many rounds of PBKDF2 or the like all parts of one file may take together: about three seconds. OpenSSL and Windows use 2,048, Java
/// 10,000; OWASP advises 600,000.
inline constexpr std::uint64_t kMaxDerivationRounds = 5'000'000;

/// What a file is expected to contain, for error messages.
enum class FileContent { certificate, key };

struct FileOptions {
  std::optional<std::string> passphrase{};  ///< UTF-8
  FileContent expected = FileContent::certificate;
  std::uint64_t max_rounds = kMaxDerivationRounds;
};

struct CertificateFile {
  std::vector<Certificate> certificates;  ///< in the order of the file
  std::vector<PrivateKey> keys;
};

/// Every certificate and key in `bytes`: PEM (in any encoding and with any line ends, even none), DER, PKCS#7, PKCS#12, PKCS#8 and
/// traditional keys, also encrypted, or one of these as base64. Returns at least one of what is expected.
/// Fails with `invalid` and a sentence that says what the file is instead and what to do. The field is "passphrase" if one is missing or
/// wrong. Blocks for as long as it takes to derive keys (kMaxDerivationRounds). Any thread.
[[nodiscard]] Result<CertificateFile> read_certificate_file(std::string_view bytes, const FileOptions& options = {});

}  // namespace carillon::crypto
