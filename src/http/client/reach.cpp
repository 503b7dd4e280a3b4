// See reach.hpp.

#include "http/client/reach.hpp"

namespace carillon::http {

bool may_reach(const IpAddress& address, std::span<const IpNetwork> allowed) noexcept {
  return is_public(address) || is_in(allowed, address);
}

}  // namespace carillon::http
