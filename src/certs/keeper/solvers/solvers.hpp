#pragma once
// Chooses a challenge and its solver.

#include "acme/client.hpp"
#include "certs/keeper/kept_name.hpp"
#include "certs/keeper/solvers/dns_solver.hpp"
#include "certs/keeper/solvers/listening_solver.hpp"
#include "certs/keeper/solvers/standing_solver.hpp"

namespace carillon::certs {

/// Any thread; solvers block. A name's published proofs are text with one line each (see active_proof()): those for the current order, then
/// those that could not be withdrawn yet.
class Solvers {
 public:
  Solvers(acme::ChallengeBoard& board, dns::Resolver& resolver, const Clock& clock, std::vector<DnsProviderSettings> providers = {})
      : listening_{board, resolver}, dns_{std::move(providers), resolver, clock}, standing_{resolver, clock} {}

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
  /// closed. Wildcards use only DNS, names without a DNS provider never do, and names without an address use it immediately. If the
  /// configured type is dns-persist-01, no other one is used, because the operator has set a record for it; except for addresses. Blocks.
  [[nodiscard]] std::string_view preferred(const std::string& name, std::string_view configured, int failures);
  /// The solver for challenges of this type; the listeners if there is none.
  [[nodiscard]] Solver& of(std::string_view type);

  /// Whether the name can be verified now, as far as we can tell. The error says why not. Blocks.
  [[nodiscard]] Result<> check(const std::string& name, std::string_view configured) {
    return of(preferred(name, configured, 0)).check(name);
  }

  [[nodiscard]] StandingSolver& standing() noexcept { return standing_; }

  /// Restores the listeners' published responses from the database, so that any process can respond after a restart.
  void restore(const KeptName& row);
  /// Withdraws every published proof, or only those of `host`, one of the row's names; returns what must be kept.
  [[nodiscard]] std::string withdraw(const KeptName& row, std::string_view host = {});

 private:
  ListeningSolver listening_;
  DnsSolver dns_;
  StandingSolver standing_;
};

/// The proof of `host` for the current order. For a single name it's the first line, and further lines are still published; for a group
/// it's the line that starts with “@HOST ”, and lines with “!HOST ” are still published.
[[nodiscard]] std::string_view active_proof(const KeptName& row, std::string_view host);
/// The row's proofs with `proof` for `host`, which has none yet.
[[nodiscard]] std::string with_active(const KeptName& row, std::string_view host, const std::string& proof);

}  // namespace carillon::certs
