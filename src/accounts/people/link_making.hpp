#pragma once
// Links that work once, for whoever makes them.

#include "accounts/permission.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace carillon::accounts {

/// A link that works once. `secret` is its last segment, and is not kept.
struct OneTimeLink {
  std::string id;
  std::string secret;
  std::string email;
  Time ends;
  std::string network_name{};  ///< of an invitation: how the network is called
};

inline constexpr std::chrono::hours kInvitationLasts{7 * 24};

inline constexpr std::string_view kInvitation = "invitation";
inline constexpr std::string_view kPassword = "password";

/// Makes a link, within the caller's transaction. `made_by` is a person's id; "" for whoever sits at the machine, and where the person
/// asked.
[[nodiscard]] OneTimeLink make_link(db::Session& session, const Clock& clock, Random& random, std::string_view kind,
                                    const std::string& email, const std::string& name, const std::string& network, std::optional<Role> role,
                                    Duration lasts, const std::string& made_by = {});
/// For an operator, who may know that an account is disabled.
[[nodiscard]] std::unexpected<Error> disabled_account(const std::string& email);

}  // namespace carillon::accounts
