#pragma once
// Secrets that all nodes of an installation need the same of.

#include "db/database.hpp"

#include <string>
#include <string_view>

namespace carillon::accounts {

/// The secret of this name: `fresh` where there was none. Within the caller's transaction, which writes.
[[nodiscard]] std::string shared_secret(db::Session& session, std::string_view name, const std::string& fresh);

}  // namespace carillon::accounts
