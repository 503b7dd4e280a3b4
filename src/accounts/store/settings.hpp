#pragma once
// The SQL of what the installation knows of itself. Every function runs within its caller's transaction.

#include "db/database.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace carillon::accounts::queries {

/// The digest of the link that lets the first person in, while there is nobody.
inline constexpr std::string_view kFirstRun = "first_run";
/// Who is in charge of certificates by default, as the first person named them.
inline constexpr std::string_view kSteward = "steward";

[[nodiscard]] std::optional<std::string> setting(db::Session& session, std::string_view name);
void set_setting(db::Session& session, std::string_view name, const std::string& value);
void remove_setting(db::Session& session, std::string_view name);

/// Whether there is any person.
[[nodiscard]] bool anybody(db::Session& session);

}  // namespace carillon::accounts::queries
