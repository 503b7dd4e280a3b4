#pragma once
// Who gets in here: as the gate says, but without forms of foreign pages where nobody has to be known. And the answer to those who knock
// too often.

#include "api/core/gate.hpp"

namespace carillon::api {

/// The 429 of somebody who tried too often.
[[nodiscard]] http::Response too_many_attempts(std::chrono::seconds again_in);

/// Any event loop.
class AccountsGate {
 public:
  explicit AccountsGate(Gate& gate) : gate_{gate} {}

  asio::awaitable<Admission> admit(accounts::Permission permission, Owner owner, const Asked& asked) const;

  /// `admit` as dispatch_if_routed wants it.
  [[nodiscard]] auto admission() const {
    return [this](const auto& route, const Asked& asked) { return admit(route.permission, route.owner, asked); };
  }

 private:
  Gate& gate_;
};

}  // namespace carillon::api
