#pragma once
// What can be wrong with a certificate and its chain, each by its name.

#include "crypto/certificate.hpp"

#include <optional>

namespace carillon::crypto {

/// The words of `carillon cert scan`, in the order they are told.
enum class Finding { expired, not_yet_valid, self_signed, untrusted, wrong_name, incomplete_chain, reversed_chain, weak_key, weak_signature };
[[nodiscard]] std::string_view name_of(Finding finding) noexcept;  ///< "expired", "not_yet_valid", …

/// Everything that is wrong with `chain` (leaf first, as it was sent) for somebody who asks for `name` at `at` and trusts `roots`.
///
/// A chain is incomplete when the roots are reached only after an intermediate is fetched (its leaf names an issuer that was not sent); reversed when the
/// same certificates in another order are fine. Weak: RSA or DSA below 2048 bits, EC below 224 (CA/B BR §6.1.5); MD5 or SHA-1 in any signature that must be
/// checked (a root's own signature need not be).
/// `name` "" leaves the name out of it.
[[nodiscard]] std::vector<Finding> inspect(std::span<const Certificate> chain, std::string_view name, std::span<const Certificate> roots, Time at);

/// The certificates of `chain` in the order leaf → … → last, as far as they lead; those that do not belong are left out.
[[nodiscard]] std::vector<std::size_t> ordered(std::span<const Certificate> chain);

/// "Let's Encrypt R11": the issuer's common name, else its organisation, else the whole name.
[[nodiscard]] std::string issuer_of(const Certificate& certificate);
/// Where the issuer's certificate can be had (AIA caIssuers, RFC 5280 §4.2.2.1): http URLs only.
[[nodiscard]] std::vector<std::string> issuer_urls(const Certificate& certificate);
/// Where the CA publishes what it revoked (RFC 5280 §4.2.1.13): http URLs only.
[[nodiscard]] std::vector<std::string> revocation_list_urls(const Certificate& certificate);
[[nodiscard]] std::string fingerprint(const Certificate& certificate);  ///< SHA-256 of the DER, lower-case hex
[[nodiscard]] bool is_self_issued(const Certificate& certificate);

/// The roots that this system trusts (Debian: /etc/ssl/certs/ca-certificates.crt); read once.
[[nodiscard]] Result<std::vector<Certificate>> system_roots();
/// Every certificate of a PEM file, however many.
[[nodiscard]] Result<std::vector<Certificate>> roots_from_pem(std::string_view pem);

}  // namespace carillon::crypto
