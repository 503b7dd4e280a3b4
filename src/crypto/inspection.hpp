#pragma once
// Possible problems of a certificate and its chain.

#include "crypto/certificate.hpp"

#include <optional>
#include <span>

namespace carillon::crypto {

/// The findings of `carillon cert scan`, in the order of output.
enum class Finding {
  expired,
  not_yet_valid,
  self_signed,
  untrusted,
  wrong_name,
  incomplete_chain,
  reversed_chain,
  weak_key,
  weak_signature,
  revoked,  ///< reported by its CA, not found in the certificate
};
[[nodiscard]] std::string_view name_of(Finding finding) noexcept;  ///< "expired", "not_yet_valid", …

/// A path from a leaf to a trusted root.
struct VerifiedPath {
  std::vector<Certificate> certificates;  ///< leaf first, the root last
  Time until;                             ///< when no path verifies any longer: an intermediate may expire before the leaf
};

/// A set of trusted roots, prepared for many inspections. Immutable; any thread.
class Trust {
 public:
  [[nodiscard]] static Result<Trust> in(std::span<const Certificate> roots);

  /// All problems of `chain` (leaf first, as sent) for a client that connects to `name` at `at`.
  ///
  /// - `self_signed` replaces `untrusted` if the leaf is only signed by itself.
  /// - A chain is incomplete if it only leads to a root after fetching an intermediate: through one of `known`, or because the leaf was
  ///   sent alone and says where to get its issuer. A lone leaf of an unknown issuer may be either, and is reported as `untrusted` *and*
  ///   `incomplete_chain`.
  /// - It is reversed if the same certificates belong in another order.
  /// - Weak: RSA or DSA below 2048 bits, EC below 224 (CA/B BR §6.1.5); MD5 or SHA-1 in any signature that must be checked (a root's own
  ///   needn't be). Certificates outside the clients' path are ignored.
  /// - `untrusted` also covers chains that violate a rule: name constraints, path length, usage.
  ///
  /// `name` is a DNS name or an address; "" skips the name check. `known` are intermediates seen elsewhere; they don't make a chain valid,
  /// they only help to identify the problem.
  [[nodiscard]] std::vector<Finding> inspect(std::span<const Certificate> chain, std::string_view name, Time at,
                                             std::span<const Certificate> known = {}) const;
  /// The path that clients use at `at`, and until when there is one (RFC 5280 §6.1: any path that verifies counts, regardless of what else
  /// was sent). None if there is none.
  [[nodiscard]] std::optional<VerifiedPath> path(std::span<const Certificate> chain, Time at) const;
  /// Whether the certificate itself is one of the roots.
  [[nodiscard]] bool holds(const Certificate& certificate) const;

 private:
  explicit Trust(StoreHandle store) noexcept : store_{std::move(store)} {}
  StoreHandle store_;
};

/// The same for a single inspection.
[[nodiscard]] std::vector<Finding> inspect(std::span<const Certificate> chain, std::string_view name, std::span<const Certificate> roots,
                                           Time at);

/// The certificates of `chain` in the order leaf → … → last, as far as possible; skips unrelated certificates. Never empty for a non-empty
/// chain.
[[nodiscard]] std::vector<std::size_t> ordered(std::span<const Certificate> chain);
/// Whether the certificate is valid for `name` (a DNS name or an IP address; RFC 6125: subjectAltName only, wildcards for one whole label).
/// A wildcard name needs exactly that wildcard.
[[nodiscard]] bool is_good_for(const Certificate& certificate, std::string_view name);

/// "Let's Encrypt R11": the issuer's common name, else its organisation, else the whole name.
[[nodiscard]] std::string issuer_of(const Certificate& certificate);
/// Where to get the issuer's certificate (AIA caIssuers, RFC 5280 §4.2.2.1): http URLs only.
[[nodiscard]] std::vector<std::string> issuer_urls(const Certificate& certificate);
/// Where the CA publishes its revocation lists (RFC 5280 §4.2.1.13): http URLs only.
[[nodiscard]] std::vector<std::string> revocation_list_urls(const Certificate& certificate);
[[nodiscard]] std::string fingerprint(const Certificate& certificate);  ///< SHA-256 of the DER, lower-case hex
[[nodiscard]] bool is_self_issued(const Certificate& certificate);
[[nodiscard]] std::string key_description(const Certificate& certificate);      ///< "P-256", "RSA 2048", "Ed25519"
[[nodiscard]] std::string signature_algorithm(const Certificate& certificate);  ///< "ecdsa-with-SHA256", in OpenSSL's words

/// The roots that this system trusts: the file in the environment variable SSL_CERT_FILE (OpenSSL's convention), else Debian's
/// /etc/ssl/certs/ca-certificates.crt. Read at each call, because roots change while a server runs. Blocks.
[[nodiscard]] Result<std::vector<Certificate>> system_roots();
/// The file that system_roots() reads.
[[nodiscard]] std::string system_roots_file();
/// All certificates in a PEM text, in order (at most kMaxInOneFile); skips other and invalid blocks. `invalid` if there is none.
[[nodiscard]] Result<std::vector<Certificate>> roots_from_pem(std::string_view pem);
inline constexpr std::size_t kMaxInOneFile = 10'000;

}  // namespace carillon::crypto
