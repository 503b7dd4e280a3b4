#pragma once
// The first person's answer to “who is in charge?”, for tests of those who ask.

#include "accounts/store/settings.hpp"

namespace carillon::accounts::testing {

inline void name_steward(db::Session& session, const std::string& address) { queries::set_setting(session, queries::kSteward, address); }

}  // namespace carillon::accounts::testing
