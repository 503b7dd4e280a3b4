#pragma once
// Writes PKCS#12 files (RFC 7292), which Java, Windows and others read.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::crypto {

/// The contents of a PKCS#12 file: one key with its chain.
struct Pkcs12Content {
  std::string key_pem;
  std::string chain_pem;   ///< leaf first
  std::string alias;       ///< the friendly name, under which Java finds the key
  std::string passphrase;  ///< UTF-8, not empty: Java doesn't read files without one
};

/// As DER, encrypted with a new salt: two calls never return the same bytes. Uses 3DES and HMAC-SHA-1, the only methods that Java 8 and
/// Windows Server 2016 read; the passphrase is no substitute for the file's mode. `invalid` if key and chain don't match. Takes about a
/// millisecond. Any thread.
[[nodiscard]] Result<std::string> make_pkcs12(const Pkcs12Content& content);

/// Whether `der` is a PKCS#12 file with this passphrase, key and chain, whatever its salt.
[[nodiscard]] bool has_content(std::string_view der, const Pkcs12Content& content);

}  // namespace carillon::crypto
