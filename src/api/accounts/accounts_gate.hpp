#pragma once
// Admission to the accounts API: like the gate, but it also rejects foreign forms on routes that need no sign-in. And the response to too
// many attempts.

#include "api/core/gate.hpp"

namespace carillon::api {

/// The 429 after too many attempts.
[[nodiscard]] http::Response too_many_attempts(std::chrono::seconds again_in);

/// Any event loop.
class AccountsGate {
 public:
  explicit AccountsGate(Gate& gate) : gate_{gate} {}

  asio::awaitable<Admission> admit(accounts::Permission permission, Owner owner, const Asked& asked) const;

  /// `admit` for dispatch_if_routed.
  [[nodiscard]] auto admission() const {
    return [this](const auto& route, const Asked& asked) { return admit(route.permission, route.owner, asked); };
  }

 private:
  Gate& gate_;
};

}  // namespace carillon::api
