#pragma once
// Which challenge of a CA is answered, and by whom.

#include "acme/client.hpp"
#include "certs/keeper/solvers/listening_solver.hpp"

namespace carillon::certs {

/// Any thread; what it calls blocks.
class Solvers {
 public:
  Solvers(acme::ChallengeBoard& board, dns::Resolver& resolver) : listening_{board, resolver} {}

  struct Choice {
    const acme::Challenge* challenge;  ///< one of those given
    Solver* solver;
  };
  /// None when no challenge can be answered. `preferred`: the type that is taken where there is a choice.
  [[nodiscard]] std::optional<Choice> choose(const std::vector<acme::Challenge>& challenges, std::string_view preferred);
  /// The one that answers challenges of this type; the listeners where none does.
  [[nodiscard]] Solver& of(std::string_view type);
  /// The proof that is out as the database has it, so that any process answers after any restart; "": none is.
  void restore(const std::string& name, const std::string& key_authorization);
  void clean_up(const std::string& name);

 private:
  ListeningSolver listening_;
};

/// Which type of challenge is tried: the first time as configured ("": http-01), after each failure the other one, since one port may be
/// closed.
[[nodiscard]] std::string_view preferred_challenge(std::string_view configured, int failures) noexcept;

}  // namespace carillon::certs
