#pragma once
// A role as a request names it.

#include "accounts/permission.hpp"
#include "base/result.hpp"

namespace carillon::api {

/// `invalid` for what is no role.
[[nodiscard]] Result<accounts::Role> role_named(const std::string& name);

}  // namespace carillon::api
