// See roles.hpp.

#include "api/accounts/roles.hpp"

namespace carillon::api {

Result<accounts::Role> role_named(const std::string& name) {
  if (const auto role = accounts::role_from(name)) return *role;
  return fail(ErrorKind::invalid, "“" + name + "” isn't a role; use owner, manager, producer, ads or analyst.", "role");
}

}  // namespace carillon::api
