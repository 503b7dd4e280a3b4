// See ends.hpp.

#include "accounts/store/ends.hpp"

#include "accounts/store/reading_impl.hpp"

namespace carillon::accounts::queries {
namespace {

using soci::use;

}  // namespace

void pull_back_to(db::Session& session, Time now) {
  const auto present = number(now);
  for (const auto* table : {"sessions", "links", "devices"})
    session << "UPDATE " << table << " SET ends = ends - created + :now, created = :same WHERE created > :present", use(present),
        use(present), use(present);
  session << "UPDATE sessions SET last_used = :now WHERE last_used > :present", use(present), use(present);
  session << "UPDATE tokens SET last_used = :now WHERE last_used > :present", use(present), use(present);
  session << "UPDATE sign_in_failures SET last = :now WHERE last > :present", use(present), use(present);
}

void remove_ended(db::Session& session, Time now, Time forgotten) {
  const auto present = number(now), old = number(forgotten);
  session << "DELETE FROM sessions WHERE ends <= :now", use(present);
  session << "DELETE FROM links WHERE ends <= :now", use(present);
  session << "DELETE FROM devices WHERE ends <= :now", use(present);
  session << "DELETE FROM sign_in_failures WHERE last <= :old", use(old);
}

}  // namespace carillon::accounts::queries
