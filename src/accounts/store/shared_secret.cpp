// See shared_secret.hpp.

#include "accounts/store/shared_secret.hpp"

#include "accounts/store/settings.hpp"

namespace carillon::accounts {

std::string shared_secret(db::Session& session, std::string_view name, const std::string& fresh) {
  if (auto known = queries::setting(session, name)) return *known;
  queries::set_setting(session, name, fresh);
  return fresh;
}

}  // namespace carillon::accounts
