#pragma once
// Chooses a challenge and its solver.

#include "acme/client.hpp"
#include "certs/keeper/solvers/dns_solver.hpp"
#include "certs/keeper/solvers/listening_solver.hpp"

namespace carillon::certs {

/// Any thread; solvers block. A name's published proofs are text with one line each: first the one for the current order, then those that
/// could not be withdrawn yet.
class Solvers {
 public:
  Solvers(acme::ChallengeBoard& board, dns::Resolver& resolver, const Clock& clock, std::vector<DnsProviderSettings> providers = {})
      : listening_{board, resolver}, dns_{std::move(providers), resolver, clock} {}

  /// Kills running commands; call it before shutdown.
  void stop() { dns_.stop(); }

  struct Choice {
    const acme::Challenge* challenge;  ///< one of the given challenges
    Solver* solver;
  };
  /// None if no challenge can be solved. `preferred` is the type to use if there is a choice.
  [[nodiscard]] std::optional<Choice> choose(const std::string& name, const std::vector<acme::Challenge>& challenges,
                                             std::string_view preferred);
  /// Which challenge type to try for a name: first the configured one ("": http-01), after each failure another one, as one port may be
  /// closed. Wildcards use only DNS, names without a DNS provider never do, and names without an address use it immediately. Blocks.
  [[nodiscard]] std::string_view preferred(const std::string& name, std::string_view configured, int failures);
  /// The solver for challenges of this type; the listeners if there is none.
  [[nodiscard]] Solver& of(std::string_view type);

  /// Restores the listeners' published response from the database, so that any process can respond after a restart.
  void restore(const std::string& name, const std::string& proofs);
  /// Withdraws every published proof; returns those that could not be withdrawn, which must be kept.
  [[nodiscard]] std::string withdraw(const std::string& name, const std::string& proofs);

 private:
  ListeningSolver listening_;
  DnsSolver dns_;
};

/// The first line: the proof for the current order.
[[nodiscard]] std::string_view active_proof(std::string_view proofs) noexcept;
/// `proof`, followed by the proofs in `left`, which are still published.
[[nodiscard]] std::string with_active(const std::string& proof, const std::string& left);

}  // namespace carillon::certs
