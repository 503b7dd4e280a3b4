// See solvers.hpp.

#include "certs/keeper/solvers/solvers.hpp"

#include "base/log.hpp"

namespace carillon::certs {

Solver& Solvers::of(std::string_view) { return listening_; }

std::optional<Solvers::Choice> Solvers::choose(const std::vector<acme::Challenge>& challenges, std::string_view preferred) {
  std::optional<Choice> chosen;
  for (const auto& challenge : challenges) {
    auto& solver = of(challenge.type);
    if (!solver.solves(challenge.type)) continue;
    // Whatever was begun is gone on with: a second challenge would be a second try.
    if (challenge.status != acme::Status::pending) return Choice{&challenge, &solver};
    if (!chosen || challenge.type == preferred) chosen = Choice{&challenge, &solver};
  }
  return chosen;
}

void Solvers::restore(const std::string& name, const std::string& key_authorization) {
  if (key_authorization.empty()) return listening_.clean_up(name);
  const auto token = key_authorization.substr(0, key_authorization.find('.'));
  if (const auto put = listening_.present(name, token, key_authorization); !put)
    log::error("a challenge response could not be prepared", {{"name", name}, {"reason", put.error().message}});
}

void Solvers::clean_up(const std::string& name) { listening_.clean_up(name); }

std::string_view preferred_challenge(std::string_view configured, int failures) noexcept {
  const bool tls_first = configured == kTlsAlpn01;
  return tls_first != (failures % 2 == 1) ? kTlsAlpn01 : kHttp01;
}

}  // namespace carillon::certs
