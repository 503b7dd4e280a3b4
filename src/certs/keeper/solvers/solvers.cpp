// See solvers.hpp.

#include "certs/keeper/solvers/solvers.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "crypto/certificate.hpp"
#include "dns/names.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

/// The most unwithdrawn proofs of one name that are kept to try again; older ones stay published.
constexpr std::size_t kMaxLeft = 8;

struct Line {
  std::string host;
  std::string proof;
  bool still = false;  ///< it could not be withdrawn
};

Line line_of(const KeptName& row, std::string_view whole) {
  if (!row.is_group() || whole.empty()) return {.host = std::string(row.host()), .proof = std::string(whole)};
  const auto space = whole.find(' ');
  if (space == std::string_view::npos) return {};
  return {.host = std::string(whole.substr(1, space - 1)), .proof = std::string(whole.substr(space + 1)), .still = whole.starts_with('!')};
}

}  // namespace

Solver& Solvers::of(std::string_view type) {
  if (type == kDns01) return dns_;
  if (type == kDnsPersist01) return standing_;
  return listening_;
}

std::optional<Solvers::Choice> Solvers::choose(const std::string& name, const std::vector<acme::Challenge>& challenges,
                                               std::string_view preferred) {
  std::optional<Choice> chosen;
  for (const auto& challenge : challenges) {
    auto& solver = of(challenge.type);
    if (!solver.solves(challenge.type)) continue;
    // Whatever was begun is gone on with: a second challenge would be a second try.
    if (challenge.status != acme::Status::pending) return Choice{&challenge, &solver};
    if ((challenge.type == kDnsPersist01) != (preferred == kDnsPersist01)) continue;
    if (challenge.type == kDns01 && !dns_.is_configured()) continue;
    // If nothing else is offered, an alias may lead to a provider.
    if (challenge.type == kDns01 && chosen && challenge.type != preferred) continue;
    const bool better_than_dns = chosen && chosen->challenge->type == kDns01 && preferred != kDns01 && !dns::is_wildcard(name);
    if (!chosen || challenge.type == preferred || better_than_dns) chosen = Choice{&challenge, &solver};
  }
  return chosen;
}

std::string_view Solvers::preferred(const std::string& name, std::string_view configured, int failures) {
  if (configured == kDnsPersist01 && !crypto::is_ip_address(name)) return kDnsPersist01;
  if (dns::is_wildcard(name)) return kDns01;
  std::vector<std::string_view> types{kHttp01, kTlsAlpn01};
  // An address can't be verified in DNS (RFC 8738 §7).
  if (!crypto::is_ip_address(name) && dns_.serves(name)) {
    if (const auto reachable = listening_.check(name); !reachable && reachable.error().kind == ErrorKind::not_found) return kDns01;
    types.push_back(kDns01);
  }
  const auto first = std::ranges::find(types, configured);
  if (first != types.end()) std::rotate(types.begin(), first, first + 1);
  return types[static_cast<std::size_t>(failures) % types.size()];
}

void Solvers::restore(const KeptName& row) {
  for (const auto& host : row.hosts()) {
    const std::string proof{active_proof(row, host)};
    const auto place = row.subject_of(host);
    if (proof.empty()) static_cast<void>(listening_.take_back(place, {}));
    if (proof.empty() || proof.contains(' ')) continue;  // it isn't on this server
    if (const auto put = listening_.present(place, proof); !put)
      log::error("a challenge response could not be prepared", {{"name", host}, {"reason", put.error().message}});
  }
}

std::string Solvers::withdraw(const KeptName& row, std::string_view host) {
  std::string kept;
  std::size_t count = 0;
  if (host.empty()) {
    for (const auto& one : row.hosts()) static_cast<void>(listening_.take_back(row.subject_of(one), {}));
  }
  for (const auto whole : split(row.proof, '\n')) {
    auto [line_host, proof, still] = line_of(row, whole);
    if (proof.empty()) continue;
    const auto keep = [&](bool still_published) {
      if (!kept.empty()) kept += "\n";
      if (row.is_group()) kept.append(still_published ? "!" : "@").append(line_host).append(" ");
      kept += proof;
    };
    if (!host.empty() && (still || line_host != host)) {
      keep(still);
      continue;
    }
    static_cast<void>(listening_.take_back(row.subject_of(line_host), {}));
    const auto taken = dns_.take_back(row.subject_of(line_host), proof);
    if (taken) continue;
    log::warning("a challenge record could not be removed; trying again with the next order",
                 {{"name", line_host}, {"reason", taken.error().message}});
    if (++count <= kMaxLeft) keep(true);
  }
  return kept;
}

std::string_view active_proof(const KeptName& row, std::string_view host) {
  for (const auto whole : split(row.proof, '\n')) {
    if (!row.is_group()) return whole;
    if (whole.starts_with('@') && whole.substr(1).starts_with(host) && whole.substr(1 + host.size()).starts_with(' '))
      return whole.substr(host.size() + 2);
  }
  return {};
}

std::string with_active(const KeptName& row, std::string_view host, const std::string& proof) {
  const auto line = row.is_group() ? "@" + std::string(host) + " " + proof : proof;
  return row.proof.empty() ? line : line + "\n" + row.proof;
}

}  // namespace carillon::certs
