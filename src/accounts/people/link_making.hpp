#pragma once
// One-time links.

#include "accounts/permission.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace carillon::accounts {

/// A one-time link. `secret` is its last segment, and isn't stored.
struct OneTimeLink {
  std::string id;
  std::string secret;
  std::string email;
  Time ends;
  std::string network_name{};  ///< of an invitation: the name of the network
};

inline constexpr std::chrono::hours kInvitationLasts{7 * 24};

inline constexpr std::string_view kInvitation = "invitation";
inline constexpr std::string_view kPassword = "password";

/// Creates a link in the caller's transaction. `made_by` is a person's ID; "" for an operator on the machine, and if the person requested
/// it.
[[nodiscard]] OneTimeLink make_link(db::Session& session, const Clock& clock, Random& random, std::string_view kind,
                                    const std::string& email, const std::string& name, const std::string& network, std::optional<Role> role,
                                    Duration lasts, const std::string& made_by = {});
/// An error for operators, who may know that an account is disabled.
[[nodiscard]] std::unexpected<Error> disabled_account(const std::string& email);

}  // namespace carillon::accounts
