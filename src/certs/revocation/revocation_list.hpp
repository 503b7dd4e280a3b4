#pragma once
// Certificate revocation lists (RFC 5280 §5): verified, and searched for a few serials without building the list in memory.

#include "certs/revocation/revocation.hpp"
#include "crypto/certificate.hpp"

#include <map>
#include <span>

namespace carillon::certs {

/// The largest list that is read. Public CAs split theirs into parts of a few megabytes; some private CAs publish 20 MB and more.
inline constexpr std::size_t kLargestRevocationList = 64U << 20;
/// By how much a CA's clock may differ from ours.
inline constexpr std::chrono::minutes kListClockSkew{10};
/// How long a list without a nextUpdate is trusted. RFC 5280 requires one.
inline constexpr std::chrono::hours kUndatedListLife{24 * 7};

/// What a list is asked about: a certificate, its issuer, and where the list came from.
struct ListQuestion {
  const crypto::Certificate& leaf;
  const crypto::Certificate& issuer;
  /// Other certificates; one may be that of a CRL issuer to which the issuer has delegated this.
  std::span<const crypto::Certificate> others{};
};

/// When a list was made and when the next one comes.
struct ListDates {
  Time this_update;
  Time next_update;
};

/// What the list says about each question, in their order; all have the same issuer. `bytes` is DER or PEM.
/// A list must be signed by the issuer, or by a CRL issuer whose certificate the issuer has signed (with the key usage cRLSign). It must be
/// current at `now`, cover the certificate (issuingDistributionPoint: its own distribution point, all reasons, its type) and have no
/// unknown critical extension. In an indirect list, entries of other issuers are skipped. A delta list alone isn't used. Everything else is
/// `unknown` with a problem. `dates` is set if the list is current and its signature is right.
///
/// Any thread. Needs no memory besides `bytes`, unless the signature is RSA-PSS.
[[nodiscard]] std::vector<RevocationAnswer> read_revocation_list(std::string_view bytes, std::span<const ListQuestion> questions, Time now,
                                                                 std::optional<ListDates>& dates);

/// The serial as CRLs compare it: its bytes without leading zeros.
[[nodiscard]] std::string serial_bytes(const crypto::Certificate& certificate);
/// Whether the issuer's name and key are those that signed the certificate.
[[nodiscard]] bool is_issued_by(const crypto::Certificate& certificate, const crypto::Certificate& issuer);

}  // namespace carillon::certs
