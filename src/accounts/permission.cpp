// See permission.hpp.

#include "accounts/permission.hpp"

namespace carillon::accounts {

bool Granted::holds(Permission permission) const noexcept { return all_ || permission == Permission::everyone; }

}  // namespace carillon::accounts
