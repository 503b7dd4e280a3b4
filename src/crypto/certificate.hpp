#pragma once
// Reading certificates: names, dates, serial, and whether a key belongs to one.

#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/key.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::crypto {

/// Longer chains are rejected; no one serves one.
inline constexpr std::size_t kLongestChain = 10;

/// One X.509 certificate. Immutable; can be read by many threads.
class Certificate {
 public:
  explicit Certificate(X509Handle certificate) noexcept : certificate_{std::move(certificate)} {}
  /// Fails with `invalid`; trailing bytes are rejected.
  [[nodiscard]] static Result<Certificate> from_der(std::string_view der);
  /// All certificates in `pem` in order; skips other blocks (keys). `invalid` if there is none, or more than kLongestChain.
  [[nodiscard]] static Result<std::vector<Certificate>> chain_from_pem(std::string_view pem);

  [[nodiscard]] Result<std::string> to_der() const;
  [[nodiscard]] Result<std::string> to_pem() const;

  /// The names for which it is valid (RFC 6125): DNS names in lower case and IP addresses as text, from subjectAltName only.
  [[nodiscard]] std::vector<std::string> names() const;
  /// The subject as one line (RFC 2253), for people.
  [[nodiscard]] std::string subject() const;
  [[nodiscard]] Time not_before() const;
  [[nodiscard]] Time not_after() const;
  [[nodiscard]] std::string serial_hex() const;  ///< lower case, no sign, no leading zeros beyond whole bytes
  [[nodiscard]] bool matches(const PrivateKey& key) const;
  [[nodiscard]] bool has_rsa_key() const noexcept;
  [[nodiscard]] X509* native() const noexcept { return certificate_.get(); }

 private:
  X509Handle certificate_;
};

/// Checks as a client does (RFC 5280 §6, RFC 6125): `leaf` leads through `intermediates` to one of `roots`, all are valid at `at` and
/// satisfy name constraints, and `leaf` is valid for `name` (a DNS name or an IP address). Fails with `refused` and OpenSSL's reason.
[[nodiscard]] Result<> verify(const Certificate& leaf, std::span<const Certificate> intermediates, std::span<const Certificate> roots,
                              std::string_view name, Time at);

/// "192.0.2.7", "2001:db8::1" (without brackets).
[[nodiscard]] bool is_ip_address(std::string_view text);

}  // namespace carillon::crypto
