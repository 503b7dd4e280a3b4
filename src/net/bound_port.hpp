#pragma once
// Why a port cannot be listened on, in one sentence. For net alone; BoundPort itself is in server.hpp.

#include "net/server.hpp"

namespace carillon::net {

[[nodiscard]] std::unexpected<Error> cannot_listen(const Endpoint& endpoint, const std::string& why);

}  // namespace carillon::net
