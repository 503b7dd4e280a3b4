#pragma once
// Where outgoing connections may go. Pure.

#include "base/ip/address.hpp"

namespace carillon::http {

/// `is_public`, or inside one of `allowed`: nobody else's network is reached through this machine.
[[nodiscard]] bool may_reach(const IpAddress& address, std::span<const IpNetwork> allowed) noexcept;

}  // namespace carillon::http
