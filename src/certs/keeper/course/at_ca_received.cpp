// The checks of what a CA has issued, and which of several chains is served. See at_ca.hpp.

#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "certs/keeper/course/at_ca.hpp"
#include "crypto/inspection.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

/// The leaf's dates, but never beyond a link of its chain: intermediates expire, too.
Validity validity_of(std::span<const crypto::Certificate> chain) {
  Validity validity{chain.front().not_before(), chain.front().not_after()};
  for (const auto& link : chain) validity.not_after = std::min(validity.not_after, link.not_after());
  return validity;
}

/// The common name of the issuer of the last certificate: that of the root, which chains don't contain.
std::string topmost_issuer(const std::string& chain_pem) {
  const auto chain = crypto::Certificate::chain_from_pem(chain_pem);
  return chain ? crypto::issuer_of(chain->back()) : std::string{};
}

bool leads_to(const std::string& chain_pem, std::string_view root) { return topmost_issuer(chain_pem) == root; }

}  // namespace

Result<StoredCertificate> CourseAtCa::checked(const NameState& entry, const std::string& chain_pem, const crypto::PrivateKey& key) const {
  const auto& row = entry.row;
  auto chain = crypto::Certificate::chain_from_pem(chain_pem);
  if (!chain) return forward_error(chain);
  const auto& leaf = chain->front();
  const auto wrong = [&](const std::string& what) {
    return fail(ErrorKind::refused, "The certificate that “" + row.issuer + "” sent for " + row.spoken() + " " + what + ".");
  };
  const auto hosts = row.is_group() ? row.order_names : row.hosts();
  for (const auto& host : hosts) {
    if (crypto::is_good_for(leaf, host)) continue;
    const auto names = leaf.names().empty() ? std::string("no name") : listed(leaf.names());
    std::string what = "is for ";
    if (row.is_group()) what = std::string("isn't valid for ").append(host).append(", but for ");
    return wrong(what.append(names));
  }
  if (!leaf.matches(key)) return wrong("doesn't match the requested key");
  const auto at = now();
  if (leaf.not_after() <= at) return wrong("has already expired, on " + moment_text(leaf.not_after()));
  if (leaf.not_before() > at + kClockTolerance) return wrong("isn't valid before " + moment_text(leaf.not_before()));
  if (crypto::ordered(*chain).size() != chain->size()) return wrong("has a chain whose certificates don't match");
  // Roots where they are known; else what leads nowhere else than to itself is still checked link by link.
  const auto roots = parts_.issuers.roots_of(row.issuer);
  const auto findings =
      crypto::inspect(*chain, hosts.front(), roots ? std::span<const crypto::Certificate>(*roots) : std::span<const crypto::Certificate>{},
                      std::max(at, leaf.not_before()));
  for (const auto finding : findings) {
    switch (finding) {
      case crypto::Finding::expired:
        return wrong("has an expired chain");
      case crypto::Finding::not_yet_valid:
        return wrong("has a chain that isn't valid yet");
      case crypto::Finding::wrong_name:
        return wrong("is for " + (leaf.names().empty() ? std::string("no name") : leaf.names().front()));
      case crypto::Finding::self_signed:
        return wrong("is self-signed");
      case crypto::Finding::untrusted:
      case crypto::Finding::incomplete_chain:
        if (roots)
          return wrong("has a chain of " + std::to_string(chain->size()) +
                       " certificates that doesn't lead to a root in the issuer's `trust`; the last certificate was issued by “" +
                       crypto::issuer_of(chain->back()) + "”");
        break;
      case crypto::Finding::reversed_chain:
        return wrong("has its chain in the wrong order");
      case crypto::Finding::weak_key:
        return wrong("has a key too weak to be trusted");
      case crypto::Finding::weak_signature:
        return wrong("has a signature too weak to be trusted");
      case crypto::Finding::revoked:
        return wrong("is already revoked");
    }
  }
  const auto der = leaf.to_der();
  if (!der) return std::unexpected(der.error());
  const auto key_der = key.to_der();
  if (!key_der) return std::unexpected(key_der.error());
  return StoredCertificate{.id = crypto::fingerprint(leaf),
                           .name = row.name,
                           .issuer = row.issuer,
                           .rank = parts_.issuers.rank_of(row.issuer),
                           .serial = leaf.serial_hex(),
                           .validity = validity_of(*chain),
                           .ari_id = acme::certificate_id(*der),
                           .chain = chain_pem,
                           .sealed_key = parts_.inventory.seal_key(row.name, *key_der),
                           .stored = at,
                           .seen = {},
                           .names = row.is_group() ? hosts : std::vector<std::string>{}};
}

Result<StoredCertificate> CourseAtCa::chosen(const NameState& entry, acme::Client& client, const acme::Client::Chains& chains,
                                             const crypto::PrivateKey& key) const {
  const auto& row = entry.row;
  const auto* settings = parts_.issuers.find(row.issuer);
  const auto& preferred = settings->preferred_chain;
  auto standard = checked(entry, chains.first, key);
  if (standard && (preferred.empty() || leads_to(chains.first, preferred))) return standard;
  // The same leaf under another root may be what is preferred, or what is trusted here.
  std::optional<StoredCertificate> spare;
  std::string offered = topmost_issuer(chains.first);
  for (const auto& alternate : chains.alternates) {
    const auto other = client.download(alternate);
    if (!other) continue;
    offered += ", " + topmost_issuer(other->first);
    auto good = checked(entry, other->first, key);
    if (!good) continue;
    if (preferred.empty() || leads_to(other->first, preferred)) return good;
    if (!spare) spare = std::move(*good);
  }
  if (!preferred.empty())
    log::warning("the CA doesn't offer the preferred chain, or that chain doesn't pass the checks; using the default chain",
                 {{"name", row.name}, {"issuer", row.issuer}, {"preferred_chain", preferred}, {"offered", offered}});
  if (!standard && spare) return std::move(*spare);
  return standard;
}

}  // namespace carillon::certs
