#pragma once
// Secrets shared by all nodes of an installation.

#include "db/database.hpp"

#include <string>
#include <string_view>

namespace carillon::accounts {

/// The secret with this name; stores `fresh` if there was none. In the caller's write transaction.
[[nodiscard]] std::string shared_secret(db::Session& session, std::string_view name, const std::string& fresh);

}  // namespace carillon::accounts
