#pragma once
// The permissions that routes require, and the roles that have them.

#include <array>
#include <optional>
#include <span>
#include <string_view>

namespace carillon::accounts {

enum class Permission {
  everyone,   ///< public pages, feeds, media, signing in
  signed_in,  ///< one's own sessions, tokens, password
  view,       ///< to view a network's content
  publish,    ///< shows, episodes, uploads
  advertise,  ///< campaigns
  analyse,    ///< analytics
  manage,     ///< the network's people and their roles, its audit trail
  own,        ///< reserved for owners: other owners, the network itself
  operate,    ///< the machine and every network
};
[[nodiscard]] std::string_view name_of(Permission permission) noexcept;

/// A person's role in one network.
enum class Role { owner, manager, producer, ads, analyst };
inline constexpr std::array kRoles{Role::owner, Role::manager, Role::producer, Role::ads, Role::analyst};
[[nodiscard]] std::string_view name_of(Role role) noexcept;
[[nodiscard]] std::optional<Role> role_from(std::string_view name) noexcept;
/// The table of roles: whether `role` in a network includes `permission`. No role includes `operate`.
[[nodiscard]] bool allows(Role role, Permission permission) noexcept;
/// Whether a person with the role `giver` may assign or remove `given`: owners every role, managers the roles below manager.
[[nodiscard]] bool may_give(Role giver, Role given) noexcept;

/// The token scope for /metrics; it isn't a permission.
inline constexpr std::string_view kMetricsScope = "metrics";
/// Whether `name` is a token scope: a permission ("view", "publish", …, "operate") or "metrics".
[[nodiscard]] bool is_scope(std::string_view name) noexcept;
[[nodiscard]] std::span<const std::string_view> scopes() noexcept;
/// Whether `role` in a network includes the permission named by `scope`.
[[nodiscard]] bool allows(Role role, std::string_view scope) noexcept;

}  // namespace carillon::accounts
