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

  asio::awaitable<std::optional<http::Response>> admit(accounts::Permission permission, Owner owner, http::Request& request) const;

  /// `admit` as http::dispatch wants it.
  [[nodiscard]] auto admission() const {
    return [this](const auto& route, http::Request& request) { return admit(route.permission, route.owner, request); };
  }

 private:
  Gate& gate_;
};

}  // namespace carillon::api
