// See caller.hpp.

#include "accounts/caller.hpp"

#include <algorithm>

namespace carillon::accounts {

Caller Caller::operator_at_the_socket(std::optional<std::uint32_t> user) {
  Caller caller;
  caller.known_ = caller.operator_ = true;
  caller.email_ = "operator";
  caller.user_ = user;
  return caller;
}

Caller Caller::person(std::string id, std::string email, bool is_operator, std::map<std::string, Role, std::less<>> roles) {
  Caller caller;
  caller.known_ = true;
  caller.operator_ = is_operator;
  caller.id_ = std::move(id);
  caller.email_ = std::move(email);
  caller.roles_ = std::move(roles);
  return caller;
}

bool Caller::is_operator() const { return operator_ && (!scopes || scopes->contains(name_of(Permission::operate))); }

std::optional<Role> Caller::role_in(std::string_view network) const {
  if (is_operator()) return Role::owner;
  const auto found = roles_.find(network);
  if (found == roles_.end()) return {};
  auto role = found->second;
  if (!scopes) return role;
  if (role == Role::owner && !scopes->contains(name_of(Permission::own))) role = Role::manager;
  if (role == Role::manager && !scopes->contains(name_of(Permission::manage))) role = Role::analyst;
  return role;
}

bool Caller::reads_metrics() const { return operator_ && (!scopes || scopes->contains(kMetricsScope)); }

bool Caller::sees(std::string_view network) const { return is_operator() || roles_.contains(network); }

bool Caller::holds(Permission permission, std::string_view network) const {
  if (permission == Permission::everyone) return true;
  if (!known_) return false;
  // A token that was not made for this cannot do it, whoever made it. What is one's own (sessions, tokens) is no token's business.
  if (scopes && (permission == Permission::signed_in || !scopes->contains(name_of(permission)))) return false;
  if (permission == Permission::signed_in || is_operator()) return true;
  const auto found = roles_.find(network);
  return found != roles_.end() && allows(found->second, permission);
}

bool Caller::holds_somewhere(Permission permission) const {
  return holds(permission, "") || std::ranges::any_of(roles_, [&](const auto& role) { return holds(permission, role.first); });
}

Actor Caller::actor() const {
  return {.id = id_, .name = user_ ? email_ + " (uid " + std::to_string(*user_) + ")" : email_, .address_prefix = address_prefix};
}

}  // namespace carillon::accounts
