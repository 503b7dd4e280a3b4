// See judge.hpp.

#include "certs/probe/judge.hpp"

#include "base/spoken_time.hpp"
#include "certs/probe/words.hpp"

#include <algorithm>
#include <array>

namespace carillon::certs {
namespace {

std::string ended_or_broken(const Judgement& judgement, Time now) {
  auto findings = judgement.findings;
  std::string text;
  if (judgement.not_after && *judgement.not_after <= now) {
    text = "it ended " + span_text(now - *judgement.not_after) + " ago";
    std::erase(findings, crypto::Finding::expired);
  }
  if (!findings.empty()) text += (text.empty() ? "" : "; ") + explained(findings);
  return text;
}

std::vector<crypto::Certificate> chain_of(const Sighting& sighting) {
  std::vector<crypto::Certificate> chain;
  for (const auto& der : sighting.chain) {
    if (auto certificate = crypto::Certificate::from_der(der)) chain.push_back(std::move(*certificate));
  }
  return chain;
}

Judgement identify(const Sighting& sighting, const std::vector<crypto::Certificate>& chain, const Expectation& expected) {
  Judgement judgement{
      .address = sighting.address, .obstacle = sighting.obstacle, .serial = sighting.serial, .issuer = {}, .not_after = sighting.not_after};
  if (chain.empty()) {
    judgement.why = sighting.failure ? sighting.failure->message : "no certificate was to be seen";
    return judgement;
  }
  const auto& leaf = chain[crypto::ordered(chain).front()];
  judgement.serial = leaf.serial_hex();
  judgement.issuer = crypto::issuer_of(leaf);
  judgement.not_after = leaf.not_after();
  judgement.lifetime = leaf.not_after() - leaf.not_before();
  const bool is_other = expected.fingerprint.empty() ? !expected.serial.empty() && judgement.serial != expected.serial
                                                     : crypto::fingerprint(leaf) != expected.fingerprint;
  judgement.verdict = is_other ? Verdict::other_certificate : Verdict::seen;
  if (is_other)
    judgement.why = "it serves another certificate (serial " + judgement.serial + ", by " + judgement.issuer + ") than the one it should" +
                    (expected.serial.empty() ? std::string{} : " (serial " + expected.serial + ")");
  return judgement;
}

}  // namespace

std::string_view name_of(Verdict verdict) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"seen", "other-certificate", "broken", "unreachable"};
  return kNames[static_cast<std::size_t>(verdict)];
}

Judgement identify(const Sighting& sighting, const Expectation& expected) { return identify(sighting, chain_of(sighting), expected); }

Judgement judge(const Sighting& sighting, const Expectation& expected, const crypto::Trust& trust, Time now) {
  const auto chain = chain_of(sighting);
  auto judgement = identify(sighting, chain, expected);
  if (judgement.verdict == Verdict::unreachable) return judgement;
  judgement.ends = judgement.not_after;
  for (const auto index : crypto::ordered(chain)) {
    if (!trust.holds(chain[index])) judgement.ends = std::min(*judgement.ends, chain[index].not_after());
  }
  judgement.findings = trust.inspect(chain, expected.name, now);
  if (judgement.verdict == Verdict::other_certificate) {
    if (const auto more = ended_or_broken(judgement, now); !more.empty()) judgement.why += "; " + more;
  } else if (!judgement.findings.empty()) {
    judgement.verdict = Verdict::broken;
    judgement.why = ended_or_broken(judgement, now);
  }
  return judgement;
}

std::vector<Judgement> judge(std::span<const Sighting> sightings, const Expectation& expected, const crypto::Trust& trust, Time now) {
  std::vector<Judgement> judgements;
  judgements.reserve(sightings.size());
  for (const auto& sighting : sightings) judgements.push_back(judge(sighting, expected, trust, now));
  return judgements;
}

}  // namespace carillon::certs
