#pragma once
// What a sighting means. Pure: no clock, no network.

#include "certs/probe/probe.hpp"
#include "crypto/inspection.hpp"

#include <span>

namespace carillon::certs {

enum class Verdict {
  seen,               ///< the certificate that is expected, and nothing is wrong with it
  other_certificate,  ///< another one than expected, whatever is wrong with that
  broken,             ///< the expected one, but clients will not like it
  unreachable,        ///< no certificate was served
};
[[nodiscard]] std::string_view name_of(Verdict verdict) noexcept;  ///< "seen", "other-certificate", "broken", "unreachable"

/// What should be seen.
struct Expectation {
  std::string name;           ///< what clients ask for: a DNS name or an address
  std::string serial;         ///< lower-case hex; "": any certificate will do
  std::string fingerprint{};  ///< SHA-256 of the leaf's DER, lower-case hex; "": the serial decides
};

/// One address, judged.
struct Judgement {
  std::string address;  ///< as in the sighting
  Verdict verdict = Verdict::unreachable;
  Obstacle obstacle = Obstacle::none;
  std::string serial;
  std::string issuer;             ///< "Let's Encrypt R11"
  std::optional<Time> not_after;  ///< of the leaf
  std::optional<Time> ends;       ///< when clients can't verify it any more: an intermediate may end before the leaf
  Duration lifetime{};            ///< of the leaf
  std::vector<crypto::Finding> findings{};
  std::string remark{};  ///< no reason to worry, but worth cleaning up: an unneeded certificate near its end; the end of a sentence
  std::string why{};     ///< what is wrong, the end of a sentence; "" when it is seen
};

/// What a chain (leaf first, as it was sent; not empty) means for clients that trust `trust`, whoever served it: the one evaluation that
/// everything else goes through. `known`: intermediates seen elsewhere, as crypto::Trust::inspect has them.
[[nodiscard]] Judgement judge(std::span<const crypto::Certificate> chain, const Expectation& expected, const crypto::Trust& trust, Time now,
                              std::span<const crypto::Certificate> known = {});
/// Which certificate it is, whatever clients think of it: `seen`, `other_certificate` or `unreachable`. Cheap, since it parses no
/// certificate: of what the chain says there are the serial and the end of the leaf alone.
[[nodiscard]] Judgement identify(const Sighting& sighting, const Expectation& expected);
/// The same with all that the chain says, and what is wrong with it.
[[nodiscard]] Judgement judge(const Sighting& sighting, const Expectation& expected, const crypto::Trust& trust, Time now);
/// All of them, in their order.
[[nodiscard]] std::vector<Judgement> judge(std::span<const Sighting> sightings, const Expectation& expected, const crypto::Trust& trust,
                                           Time now);

}  // namespace carillon::certs
