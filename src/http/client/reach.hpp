#pragma once
// Which addresses outgoing connections may reach. Pure.

#include "base/ip/address.hpp"

namespace carillon::http {

/// Whether the address is public or in one of `allowed`, so that this machine isn't a gateway to private networks.
[[nodiscard]] bool may_reach(const IpAddress& address, std::span<const IpNetwork> allowed) noexcept;

}  // namespace carillon::http
