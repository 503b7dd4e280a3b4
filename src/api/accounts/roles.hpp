#pragma once
// A role in a request.

#include "accounts/permission.hpp"
#include "base/result.hpp"

namespace carillon::api {

/// `invalid` if it isn't a role.
[[nodiscard]] Result<accounts::Role> role_named(const std::string& name);

}  // namespace carillon::api
