#pragma once
// The current order for a name, for a renewal or a spare: how long this process has followed it, how it is abandoned, and how long to wait
// after a failure.

#include "acme/client.hpp"
#include "certs/keeper/keeper.hpp"
#include "certs/keeper/name_state.hpp"
#include "certs/keeper/shared_random.hpp"
#include "certs/keeper/solvers/solvers.hpp"

namespace carillon::certs {

/// Kinds of failures that a CA counts separately, as Failure::type.
inline constexpr std::string_view kOfAuthorization = "authorization";
inline constexpr std::string_view kOfCertificate = "certificate";
/// The name of a failure in the history.
[[nodiscard]] std::string noted_as(const acme::Failure& failure);
/// A failure that isn't a response from the CA.
[[nodiscard]] acme::Failure plain_failure(Error error);
[[nodiscard]] acme::Failure plain_failure(std::string message);

/// `pause`, limited to a share of the active certificate's lifetime.
[[nodiscard]] Duration within_lifetime(Duration pause, const std::optional<InForce>& current);
/// An order without progress for this long is abandoned and placed again.
[[nodiscard]] Duration order_patience(const std::optional<InForce>& current);

/// What is kept after a failure.
enum class Keep { order, nothing };

/// Any thread, but only one per name.
class Attempts {
 public:
  Attempts(const World& world, Solvers& solvers, SharedRandom& random) : world_{world}, solvers_{solvers}, random_{random} {}

  /// Call it before each step: records whether the order was abandoned by an earlier process.
  void follow(NameState& name) const;
  /// How long the step has been worked on.
  [[nodiscard]] Duration waited(const NameState& name) const;
  /// Withdraws the challenge responses. Those that can't be withdrawn stay in the row. Blocks.
  void withdraw_proof(KeptName& row) const;
  /// The same for one of its names.
  void withdraw_proof(KeptName& row, std::string_view host) const;
  /// Goes back to `due`; the next order is a new one.
  void drop(KeptName& row) const;
  /// Continues from `stored` with a certificate that is already in the database, regardless of the current step.
  void put_in_place(KeptName& row, const std::string& certificate, const std::string& issuer) const;
  /// How long to wait after this many consecutive failures, so that no rate limit of the CA is exhausted. Blocks.
  [[nodiscard]] Duration pause_after(const NameState& name, int failures, const acme::Failure& failure) const;

 private:
  [[nodiscard]] Time now() const { return world_.clock.now(); }

  World world_;
  Solvers& solvers_;
  SharedRandom& random_;
};

}  // namespace carillon::certs
