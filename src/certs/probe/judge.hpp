#pragma once
// Evaluates a sighting. Pure: no clock, no network.

#include "certs/probe/probe.hpp"
#include "crypto/inspection.hpp"

#include <span>

namespace carillon::certs {

enum class Verdict {
  seen,               ///< the expected certificate, without problems
  other_certificate,  ///< a different certificate, whatever its problems
  broken,             ///< the expected one, but clients will reject it
  unreachable,        ///< no certificate was served
};
[[nodiscard]] std::string_view name_of(Verdict verdict) noexcept;  ///< "seen", "other-certificate", "broken", "unreachable"

/// The expected certificate.
struct Expectation {
  std::string name;           ///< the name that clients use: a DNS name or an address
  std::string serial;         ///< lower-case hex; "": any certificate will do
  std::string fingerprint{};  ///< SHA-256 of the leaf's DER, lower-case hex; "": the serial decides
};

/// The evaluation of one address.
struct Judgement {
  std::string address;  ///< as in the sighting
  Verdict verdict = Verdict::unreachable;
  Obstacle obstacle = Obstacle::none;
  std::string serial;
  std::string issuer;             ///< "Let's Encrypt R11"
  std::optional<Time> not_after;  ///< of the leaf
  std::optional<Time> ends;       ///< when clients can no longer verify it: an intermediate may expire before the leaf
  Duration lifetime{};            ///< of the leaf
  std::vector<crypto::Finding> findings{};
  std::string remark{};  ///< harmless, but worth cleaning up: an unneeded certificate that expires soon; the end of a sentence
  std::string why{};     ///< the problem, as the end of a sentence; "" if `seen`
};

/// Evaluates a chain (leaf first, as sent; not empty) for clients that trust `trust`. All other evaluations use this one. `known`:
/// intermediates seen elsewhere; see crypto::Trust::inspect.
[[nodiscard]] Judgement judge(std::span<const crypto::Certificate> chain, const Expectation& expected, const crypto::Trust& trust, Time now,
                              std::span<const crypto::Certificate> known = {});
/// Only identifies the certificate: `seen`, `other_certificate` or `unreachable`. Cheap, because it doesn't parse certificates; it only has
/// the serial and the expiry of the leaf.
[[nodiscard]] Judgement identify(const Sighting& sighting, const Expectation& expected);
/// The same with all data from the chain, and its problems.
[[nodiscard]] Judgement judge(const Sighting& sighting, const Expectation& expected, const crypto::Trust& trust, Time now);
/// All of them, in order.
[[nodiscard]] std::vector<Judgement> judge(std::span<const Sighting> sightings, const Expectation& expected, const crypto::Trust& trust,
                                           Time now);

}  // namespace carillon::certs
