#pragma once
// Certificates as they are read: names, dates, serial, and whether a key belongs to one.

#include "base/result.hpp"
#include "base/time.hpp"
#include "crypto/key.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::crypto {

/// A chain longer than this is refused: nobody serves one.
inline constexpr std::size_t kLongestChain = 10;

/// One X.509 certificate. Immutable; reading it from many threads is allowed.
class Certificate {
 public:
  explicit Certificate(X509Handle certificate) noexcept : certificate_{std::move(certificate)} {}
  /// Fails with `invalid`; anything behind the certificate is refused.
  [[nodiscard]] static Result<Certificate> from_der(std::string_view der);
  /// Every certificate of `pem` in its order, other blocks (keys) skipped; fails with `invalid` when there is none or more than
  /// kLongestChain.
  [[nodiscard]] static Result<std::vector<Certificate>> chain_from_pem(std::string_view pem);

  [[nodiscard]] Result<std::string> to_der() const;
  [[nodiscard]] Result<std::string> to_pem() const;

  /// The names it is good for (RFC 6125): DNS names in lower case and IP addresses as text, from subjectAltName only.
  [[nodiscard]] std::vector<std::string> names() const;
  /// The subject as one line (RFC 2253), for people.
  [[nodiscard]] std::string subject() const;
  [[nodiscard]] Time not_before() const;
  [[nodiscard]] Time not_after() const;
  [[nodiscard]] std::string serial_hex() const;  ///< lower case, no sign, no leading zeros beyond whole bytes
  [[nodiscard]] bool matches(const PrivateKey& key) const;
  [[nodiscard]] X509* native() const noexcept { return certificate_.get(); }

 private:
  X509Handle certificate_;
};

/// Checks as a client does (RFC 5280 §6, RFC 6125): `leaf` leads through `intermediates` to one of `roots`, all are in force at `at`,
/// every name constraint is kept, and `leaf` is good for `name` (a DNS name or an IP address). Fails with `refused` and OpenSSL's reason.
[[nodiscard]] Result<> verify(const Certificate& leaf, std::span<const Certificate> intermediates, std::span<const Certificate> roots,
                              std::string_view name, Time at);

/// "192.0.2.7", "2001:db8::1" (without brackets).
[[nodiscard]] bool is_ip_address(std::string_view text);

}  // namespace carillon::crypto
