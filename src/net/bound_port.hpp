#pragma once
// The error message if a port can't be used, in one sentence. Only for net; BoundPort itself is in server.hpp.

#include "net/server.hpp"

namespace carillon::net {

[[nodiscard]] std::unexpected<Error> cannot_listen(const Endpoint& endpoint, const std::string& why);

}  // namespace carillon::net
