#pragma once
// The order under way for a name, whatever it is for: how long this process has followed it, how it is given up, and how long to wait after
// a failure.

#include "acme/client.hpp"
#include "certs/keeper/keeper.hpp"
#include "certs/keeper/name_state.hpp"
#include "certs/keeper/shared_random.hpp"
#include "certs/keeper/solvers/solvers.hpp"

namespace carillon::certs {

/// Kinds of failures that a CA counts by itself, as Failure::type.
inline constexpr std::string_view kOfAuthorization = "authorization";
inline constexpr std::string_view kOfCertificate = "certificate";
/// How the history calls a failure.
[[nodiscard]] std::string noted_as(const acme::Failure& failure);
/// A failure that is none of the CA's answers.
[[nodiscard]] acme::Failure plain_failure(Error error);
[[nodiscard]] acme::Failure plain_failure(std::string message);

/// `pause`, or the share of the lifetime of what is in force that may be waited.
[[nodiscard]] Duration within_lifetime(Duration pause, const std::optional<InForce>& current);
/// An order that gets nowhere for this long is given up and placed anew.
[[nodiscard]] Duration order_patience(const std::optional<InForce>& current);

/// What goes on after a failure.
enum class Keep { order, nothing };

/// Any thread, each name by one at a time.
class Attempts {
 public:
  Attempts(const World& world, Solvers& solvers, SharedRandom& random) : world_{world}, solvers_{solvers}, random_{random} {}

  /// To be called before each step: notes whether the order was left alone before it.
  void follow(NameState& name) const;
  /// How long the step has gone on while somebody worked on it.
  [[nodiscard]] Duration waited(const NameState& name) const;
  /// Takes the proof back, so that no CA sees it any more.
  void withdraw_proof(KeptName& row) const;
  /// Back to `due`; the next order is another one.
  void drop(KeptName& row) const;
  /// A certificate that is in the database already is to be served: from `stored` on, whatever was under way.
  void put_in_place(KeptName& row, const std::string& certificate, const std::string& issuer) const;
  /// How long to wait after so many failures in a row, so that no limit of the CA is burnt. Blocks.
  [[nodiscard]] Duration pause_after(const NameState& name, int failures, const acme::Failure& failure) const;

 private:
  [[nodiscard]] Time now() const { return world_.clock.now(); }

  World world_;
  Solvers& solvers_;
  SharedRandom& random_;
};

}  // namespace carillon::certs
