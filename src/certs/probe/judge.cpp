// See judge.hpp.

#include "certs/probe/judge.hpp"

#include "base/encoding.hpp"
#include "base/spoken_time.hpp"
#include "certs/probe/words.hpp"
#include "crypto/sha256.hpp"

#include <algorithm>
#include <array>

namespace carillon::certs {
namespace {

std::string ended_or_broken(const Judgement& judgement, Time now) {
  auto findings = judgement.findings;
  std::string text;
  if (judgement.not_after && *judgement.not_after <= now) {
    text = "it expired " + span_text(now - *judgement.not_after) + " ago";
    std::erase(findings, crypto::Finding::expired);
  }
  if (!findings.empty()) text += (text.empty() ? "" : "; ") + explained(findings);
  return text;
}

bool is_another(const Expectation& expected, const std::string& serial, const std::string& fingerprint) {
  if (!expected.fingerprint.empty()) return fingerprint != expected.fingerprint;
  return !expected.serial.empty() && serial != expected.serial;
}

/// What was sent beside the path that clients take and ends before the leaf: harmless, and worth cleaning up.
std::string beside_the_path(std::span<const crypto::Certificate> chain, const crypto::VerifiedPath& path, Time now) {
  std::string remark;
  const auto leaf_ends = path.certificates.front().not_after();
  for (const auto& sent : chain) {
    const auto print = crypto::fingerprint(sent);
    const auto is_it = [&](const crypto::Certificate& other) { return crypto::fingerprint(other) == print; };
    if (std::ranges::any_of(path.certificates, is_it) || sent.not_after() >= leaf_ends) continue;
    remark += (remark.empty() ? "" : "; ") + std::string("it also sends a certificate that clients don't need (") + sent.subject() +
              "), which " +
              (sent.not_after() <= now ? "expired " + span_text(now - sent.not_after()) + " ago"
                                       : "expires in " + span_text(sent.not_after() - now));
  }
  return remark;
}

std::string unseen(const Sighting& sighting) { return sighting.failure ? sighting.failure->message : "no certificate was served"; }

}  // namespace

std::string_view name_of(Verdict verdict) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"seen", "other-certificate", "broken", "unreachable"};
  return kNames[static_cast<std::size_t>(verdict)];
}

Judgement identify(const Sighting& sighting, const Expectation& expected) {
  Judgement judgement{
      .address = sighting.address, .obstacle = sighting.obstacle, .serial = sighting.serial, .issuer = {}, .not_after = sighting.not_after};
  if (sighting.chain.empty()) {
    judgement.why = unseen(sighting);
    return judgement;
  }
  // The digest is enough; parsing a certificate is expensive, and every name is looked at every few minutes.
  const bool is_other = is_another(expected, sighting.serial, crypto::sha256(as_bytes(sighting.chain.front())).hex());
  judgement.verdict = is_other ? Verdict::other_certificate : Verdict::seen;
  if (is_other) judgement.why = "it serves a different certificate (serial " + judgement.serial + ") instead of the right one";
  return judgement;
}

Judgement judge(std::span<const crypto::Certificate> chain, const Expectation& expected, const crypto::Trust& trust, Time now,
                std::span<const crypto::Certificate> known) {
  const auto order = crypto::ordered(chain);
  const auto& leaf = chain[order.front()];
  Judgement judgement{.address = {},
                      .serial = leaf.serial_hex(),
                      .issuer = crypto::issuer_of(leaf),
                      .not_after = leaf.not_after(),
                      .ends = leaf.not_after(),
                      .lifetime = leaf.not_after() - leaf.not_before()};
  if (const auto path = trust.path(chain, now)) {
    judgement.ends = path->until;
    judgement.remark = beside_the_path(chain, *path, now);
  } else {
    // Clients of another world may take any of these; what ended already would hide the end of the leaf.
    for (const auto index : order) {
      const auto end = chain[index].not_after();
      if (end > now && !trust.holds(chain[index])) judgement.ends = std::min(*judgement.ends, end);
    }
  }
  judgement.findings = trust.inspect(chain, expected.name, now, known);
  const bool is_other =
      (!expected.serial.empty() || !expected.fingerprint.empty()) && is_another(expected, judgement.serial, crypto::fingerprint(leaf));
  if (is_other) {
    judgement.verdict = Verdict::other_certificate;
    judgement.why = "it serves a different certificate (serial " + judgement.serial + ", by " + judgement.issuer +
                    ") instead of the right one (serial " + expected.serial + ")";
    if (const auto more = ended_or_broken(judgement, now); !more.empty()) judgement.why += "; " + more;
  } else if (!judgement.findings.empty()) {
    judgement.verdict = Verdict::broken;
    judgement.why = ended_or_broken(judgement, now);
  } else {
    judgement.verdict = Verdict::seen;
  }
  return judgement;
}

Judgement judge(const Sighting& sighting, const Expectation& expected, const crypto::Trust& trust, Time now) {
  std::vector<crypto::Certificate> chain;
  for (const auto& der : sighting.chain) {
    if (auto certificate = crypto::Certificate::from_der(der)) chain.push_back(std::move(*certificate));
  }
  if (chain.empty()) {
    return {.address = sighting.address,
            .obstacle = sighting.obstacle,
            .serial = sighting.serial,
            .issuer = {},
            .not_after = sighting.not_after,
            .why = unseen(sighting)};
  }
  auto judgement = judge(chain, expected, trust, now);
  judgement.address = sighting.address;
  judgement.obstacle = sighting.obstacle;
  return judgement;
}

std::vector<Judgement> judge(std::span<const Sighting> sightings, const Expectation& expected, const crypto::Trust& trust, Time now) {
  std::vector<Judgement> judgements;
  judgements.reserve(sightings.size());
  for (const auto& sighting : sightings) judgements.push_back(judge(sighting, expected, trust, now));
  return judgements;
}

}  // namespace carillon::certs
