// See permission.hpp.

#include "accounts/permission.hpp"

#include <algorithm>

namespace carillon::accounts {
namespace {

using enum Permission;

struct NamedPermission {
  Permission permission;
  std::string_view name;
};
constexpr std::array kPermissions{
    NamedPermission{everyone, "everyone"},   NamedPermission{signed_in, "signed_in"},
    NamedPermission{view, "view"},           NamedPermission{publish, "publish"},
    NamedPermission{advertise, "advertise"}, NamedPermission{analyse, "analyse"},
    NamedPermission{manage, "manage"},       NamedPermission{own, "own"},
    NamedPermission{operate, "operate"},
};

constexpr std::array<std::string_view, kRoles.size()> kRoleNames{"owner", "manager", "producer", "ads", "analyst"};

constexpr std::array<std::string_view, 8> kScopes{"view", "publish", "advertise", "analyse", "manage", "own", "operate", kMetricsScope};

}  // namespace

std::string_view name_of(Permission permission) noexcept {
  return std::ranges::find(kPermissions, permission, &NamedPermission::permission)->name;
}

std::string_view name_of(Role role) noexcept { return kRoleNames[static_cast<std::size_t>(role)]; }

std::optional<Role> role_from(std::string_view name) noexcept {
  const auto found = std::ranges::find(kRoleNames, name);
  if (found == kRoleNames.end()) return {};
  return kRoles[static_cast<std::size_t>(found - kRoleNames.begin())];
}

bool allows(Role role, Permission permission) noexcept {
  switch (permission) {
    case everyone:
    case signed_in:
    case view:
      return true;
    case publish:
      return role == Role::owner || role == Role::manager || role == Role::producer;
    case advertise:
      return role == Role::owner || role == Role::manager || role == Role::ads;
    case analyse:
      return role != Role::producer;
    case manage:
      return role == Role::owner || role == Role::manager;
    case own:
      return role == Role::owner;
    case operate:
      return false;
  }
  return false;
}

bool allows(Role role, std::string_view scope) noexcept {
  const auto found = std::ranges::find(kPermissions, scope, &NamedPermission::name);
  return found != kPermissions.end() && allows(role, found->permission);
}

bool may_give(Role giver, Role given) noexcept {
  return giver == Role::owner || (giver == Role::manager && given != Role::owner && given != Role::manager);
}

bool is_scope(std::string_view name) noexcept { return std::ranges::find(kScopes, name) != kScopes.end(); }
std::span<const std::string_view> scopes() noexcept { return kScopes; }

}  // namespace carillon::accounts
