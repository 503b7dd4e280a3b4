#pragma once
// The first person's answer to “who is in charge?”, for tests of those who ask.

#include "accounts/settings_queries.hpp"

namespace carillon::accounts::testing {

inline void name_steward(db::Session& session, const std::string& address) { queries::set_setting(session, "steward", address); }

}  // namespace carillon::accounts::testing
