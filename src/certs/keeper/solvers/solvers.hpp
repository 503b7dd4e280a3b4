#pragma once
// Chooses a challenge and its solver.

#include "acme/client.hpp"
#include "certs/keeper/solvers/listening_solver.hpp"

namespace carillon::certs {

/// Any thread; solvers block.
class Solvers {
 public:
  Solvers(acme::ChallengeBoard& board, dns::Resolver& resolver) : listening_{board, resolver} {}

  struct Choice {
    const acme::Challenge* challenge;  ///< one of the given challenges
    Solver* solver;
  };
  /// None if no challenge can be solved. `preferred` is the type to use if there is a choice.
  [[nodiscard]] std::optional<Choice> choose(const std::vector<acme::Challenge>& challenges, std::string_view preferred);
  /// The solver for challenges of this type; the listeners if there is none.
  [[nodiscard]] Solver& of(std::string_view type);
  /// Restores the published challenge response from the database, so that any process can respond after a restart; "": none.
  void restore(const std::string& name, const std::string& key_authorization);
  void clean_up(const std::string& name);

 private:
  ListeningSolver listening_;
};

/// Which challenge type to try: first the configured one ("": http-01), after each failure the other one, as one port may be closed.
[[nodiscard]] std::string_view preferred_challenge(std::string_view configured, int failures) noexcept;

}  // namespace carillon::certs
