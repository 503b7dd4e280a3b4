#pragma once
// What can be wrong with a certificate and its chain, each by its name.

#include "crypto/certificate.hpp"

#include <optional>
#include <span>

namespace carillon::crypto {

/// The words of `carillon cert scan`, in the order they are told.
enum class Finding {
  expired,
  not_yet_valid,
  self_signed,
  untrusted,
  wrong_name,
  incomplete_chain,
  reversed_chain,
  weak_key,
  weak_signature
};
[[nodiscard]] std::string_view name_of(Finding finding) noexcept;  ///< "expired", "not_yet_valid", …

/// How clients get from a leaf to a root they trust.
struct VerifiedPath {
  std::vector<Certificate> certificates;  ///< leaf first, the root last
  Time until;                             ///< from then on no path verifies: an intermediate may end before the leaf
};

/// What somebody trusts, prepared for many inspections. Immutable; any thread.
class Trust {
 public:
  [[nodiscard]] static Result<Trust> in(std::span<const Certificate> roots);

  /// Everything that is wrong with `chain` (leaf first, as it was sent) for somebody who asks for `name` at `at`.
  ///
  /// - `self_signed` stands instead of `untrusted` where the leaf vouches for itself alone.
  /// - A chain is incomplete when the roots are reached only after an intermediate is fetched: through one of `known`, or because the leaf
  /// came alone and says
  ///   where its issuer is to be had. A lone leaf of an issuer nobody has heard of may be either, and is called `untrusted` *and*
  ///   `incomplete_chain`.
  /// - It is reversed when the same certificates belong in another order.
  /// - Weak: RSA or DSA below 2048 bits, EC below 224 (CA/B BR §6.1.5); MD5 or SHA-1 in any signature that must be checked (a root's own
  /// need not be). Certificates beside the path that clients take are left out of it.
  /// - `untrusted` also stands for a chain that breaks a rule on its way: name constraints, path length, usage.
  ///
  /// `name` (a DNS name or an address) "" leaves the name out of it. `known` are intermediates seen elsewhere; they mend nothing, they only
  /// help to name it.
  [[nodiscard]] std::vector<Finding> inspect(std::span<const Certificate> chain, std::string_view name, Time at,
                                             std::span<const Certificate> known = {}) const;
  /// The path that clients take at `at`, and how long there is one (RFC 5280 §6.1: any path that verifies counts, whatever else was sent).
  /// Nothing if there is none.
  [[nodiscard]] std::optional<VerifiedPath> path(std::span<const Certificate> chain, Time at) const;
  /// Is the certificate itself one of the roots?
  [[nodiscard]] bool holds(const Certificate& certificate) const;

 private:
  explicit Trust(StoreHandle store) noexcept : store_{std::move(store)} {}
  StoreHandle store_;
};

/// The same for a single inspection.
[[nodiscard]] std::vector<Finding> inspect(std::span<const Certificate> chain, std::string_view name, std::span<const Certificate> roots,
                                           Time at);

/// The certificates of `chain` in the order leaf → … → last, as far as they lead; those that do not belong are left out. Never empty for a
/// chain that is not.
[[nodiscard]] std::vector<std::size_t> ordered(std::span<const Certificate> chain);
/// Is `name` (a DNS name, or an IP address) one that the certificate is good for? (RFC 6125: subjectAltName only, wildcards for one whole
/// label.)
[[nodiscard]] bool is_good_for(const Certificate& certificate, std::string_view name);

/// "Let's Encrypt R11": the issuer's common name, else its organisation, else the whole name.
[[nodiscard]] std::string issuer_of(const Certificate& certificate);
/// Where the issuer's certificate can be had (AIA caIssuers, RFC 5280 §4.2.2.1): http URLs only.
[[nodiscard]] std::vector<std::string> issuer_urls(const Certificate& certificate);
/// Where the CA publishes what it revoked (RFC 5280 §4.2.1.13): http URLs only.
[[nodiscard]] std::vector<std::string> revocation_list_urls(const Certificate& certificate);
[[nodiscard]] std::string fingerprint(const Certificate& certificate);  ///< SHA-256 of the DER, lower-case hex
[[nodiscard]] bool is_self_issued(const Certificate& certificate);
[[nodiscard]] std::string key_description(const Certificate& certificate);      ///< "P-256", "RSA 2048", "Ed25519"
[[nodiscard]] std::string signature_algorithm(const Certificate& certificate);  ///< "ecdsa-with-SHA256", in OpenSSL's words

/// The roots that this system trusts: the file that the environment's SSL_CERT_FILE names (OpenSSL's convention), else Debian's
/// /etc/ssl/certs/ca-certificates.crt. Read at each call, since roots change while a server runs for years. Blocks.
[[nodiscard]] Result<std::vector<Certificate>> system_roots();
/// The file that system_roots() reads.
[[nodiscard]] std::string system_roots_file();
/// Every certificate of a PEM text, in its order, however many (at most kMaxInOneFile); other blocks and those that are no certificate are
/// skipped. Fails with `invalid` when none is left.
[[nodiscard]] Result<std::vector<Certificate>> roots_from_pem(std::string_view pem);
inline constexpr std::size_t kMaxInOneFile = 10'000;

}  // namespace carillon::crypto
