#pragma once
// The SQL of the installation's settings. Every function runs in its caller's transaction.

#include "db/database.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace carillon::accounts::queries {

/// The digest of the setup link, as long as there are no accounts.
inline constexpr std::string_view kFirstRun = "first_run";
/// The default steward, as set during setup.
inline constexpr std::string_view kSteward = "steward";

[[nodiscard]] std::optional<std::string> setting(db::Session& session, std::string_view name);
void set_setting(db::Session& session, std::string_view name, const std::string& value);
void remove_setting(db::Session& session, std::string_view name);

/// Whether there is any person.
[[nodiscard]] bool anybody(db::Session& session);

}  // namespace carillon::accounts::queries
