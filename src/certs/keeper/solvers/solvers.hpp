#pragma once
// Chooses a challenge and its solver.

#include "acme/client.hpp"
#include "certs/keeper/solvers/dns_solver.hpp"
#include "certs/keeper/solvers/listening_solver.hpp"

namespace carillon::certs {

/// Any thread; what it calls blocks. What is out for a name is text with a line for each proof: the one of the order under way first, then
/// those that could not be taken back yet.
class Solvers {
 public:
  Solvers(acme::ChallengeBoard& board, dns::Resolver& resolver, const Clock& clock, std::vector<DnsProviderSettings> providers = {})
      : listening_{board, resolver}, dns_{std::move(providers), resolver, clock} {}

  /// Before the end: ends commands that run.
  void stop() { dns_.stop(); }

  struct Choice {
    const acme::Challenge* challenge;  ///< one of the given challenges
    Solver* solver;
  };
  /// None when no challenge can be answered. `preferred`: the type that is taken where there is a choice.
  [[nodiscard]] std::optional<Choice> choose(const std::string& name, const std::vector<acme::Challenge>& challenges,
                                             std::string_view preferred);
  /// Which type of challenge is tried for a name: the first time as configured ("": http-01), after each failure another one, since one
  /// port may be closed. A wildcard is only proved in DNS, and what has no provider there never is.
  /// One without an address is proved in DNS at once. Blocks.
  [[nodiscard]] std::string_view preferred(const std::string& name, std::string_view configured, int failures);
  /// The one that answers challenges of this type; the listeners where none does.
  [[nodiscard]] Solver& of(std::string_view type);

  /// The listeners answer with the proof that is out as the database has it, so that any process does after any restart.
  void restore(const std::string& name, const std::string& proofs);
  /// Takes back every proof that is out; returns those that could not be, to be kept.
  [[nodiscard]] std::string withdraw(const std::string& name, const std::string& proofs);

 private:
  ListeningSolver listening_;
  DnsSolver dns_;
};

/// The first line: the proof of the order under way.
[[nodiscard]] std::string_view active_proof(std::string_view proofs) noexcept;
/// `proof`, and behind it what is still out.
[[nodiscard]] std::string with_active(const std::string& proof, const std::string& left);

}  // namespace carillon::certs
