// See solvers.hpp.

#include "certs/keeper/solvers/solvers.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "dns/names.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

/// The most unwithdrawn proofs of one name that are kept to try again; older ones stay published.
constexpr std::size_t kMaxLeft = 8;

}  // namespace

Solver& Solvers::of(std::string_view type) {
  if (type == kDns01) return dns_;
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
    if (challenge.type == kDns01 && !dns_.is_configured()) continue;
    // If nothing else is offered, an alias may lead to a provider.
    if (challenge.type == kDns01 && chosen && challenge.type != preferred) continue;
    const bool better_than_dns = chosen && chosen->challenge->type == kDns01 && preferred != kDns01 && !dns::is_wildcard(name);
    if (!chosen || challenge.type == preferred || better_than_dns) chosen = Choice{&challenge, &solver};
  }
  return chosen;
}

std::string_view Solvers::preferred(const std::string& name, std::string_view configured, int failures) {
  if (dns::is_wildcard(name)) return kDns01;
  std::vector<std::string_view> types{kHttp01, kTlsAlpn01};
  if (dns_.serves(name)) {
    if (const auto reachable = listening_.check(name); !reachable && reachable.error().kind == ErrorKind::not_found) return kDns01;
    types.push_back(kDns01);
  }
  const auto first = std::ranges::find(types, configured);
  if (first != types.end()) std::rotate(types.begin(), first, first + 1);
  return types[static_cast<std::size_t>(failures) % types.size()];
}

void Solvers::restore(const std::string& name, const std::string& proofs) {
  const std::string proof{active_proof(proofs)};
  if (proof.empty()) return static_cast<void>(listening_.take_back(name, {}));
  if (proof.contains(' ')) return;  // it isn't on this server
  if (const auto put = listening_.present(name, proof); !put)
    log::error("a challenge response could not be prepared", {{"name", name}, {"reason", put.error().message}});
}

std::string Solvers::withdraw(const std::string& name, const std::string& proofs) {
  static_cast<void>(listening_.take_back(name, {}));
  std::string left;
  std::size_t count = 0;
  for (const auto line : split(proofs, '\n')) {
    const std::string proof{line};
    if (proof.empty()) continue;
    const auto taken = dns_.take_back(name, proof);
    if (taken) continue;
    log::warning("a challenge record could not be removed; trying again with the next order",
                 {{"name", name}, {"reason", taken.error().message}});
    if (++count <= kMaxLeft) left += (left.empty() ? "" : "\n") + proof;
  }
  return left;
}

std::string_view active_proof(std::string_view proofs) noexcept { return proofs.substr(0, proofs.find('\n')); }

std::string with_active(const std::string& proof, const std::string& left) { return left.empty() ? proof : proof + "\n" + left; }

}  // namespace carillon::certs
