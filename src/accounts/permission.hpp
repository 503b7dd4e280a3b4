#pragma once
// What a route asks for, and which role may do it.

#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace carillon::accounts {

enum class Permission {
  everyone,   ///< public pages, feeds, media, signing in
  signed_in,  ///< one's own sessions, tokens, password
  view,       ///< to see what a network has
  publish,    ///< shows, episodes, uploads
  advertise,  ///< campaigns
  analyse,    ///< figures
  manage,     ///< the network's people and their roles, its audit trail
  own,        ///< what only an owner may: other owners, the network itself
  operate,    ///< the machine itself and every network
};
[[nodiscard]] std::string_view name_of(Permission permission) noexcept;

/// What a person is in one network.
enum class Role { owner, manager, producer, ads, analyst };
inline constexpr std::array kRoles{Role::owner, Role::manager, Role::producer, Role::ads, Role::analyst};
[[nodiscard]] std::string_view name_of(Role role) noexcept;
[[nodiscard]] std::optional<Role> role_from(std::string_view name) noexcept;
/// The table of roles: whether somebody with `role` in a network may do `permission` there. `operate` goes with no role.
[[nodiscard]] bool allows(Role role, Permission permission) noexcept;
/// Whether somebody with `giver` may give or take `given`: owners everything, managers everything below themselves and managers.
[[nodiscard]] bool may_give(Role giver, Role given) noexcept;

/// The scope of tokens for /metrics: no permission has this name.
inline constexpr std::string_view kMetricsScope = "metrics";
/// What a token may be limited to: the names of permissions ("view", "publish", …, "operate"), and "metrics".
[[nodiscard]] bool is_scope(std::string_view name) noexcept;
[[nodiscard]] std::span<const std::string_view> scopes() noexcept;
/// Whether somebody with `role` in a network may do there what `scope` names.
[[nodiscard]] bool allows(Role role, std::string_view scope) noexcept;

}  // namespace carillon::accounts
