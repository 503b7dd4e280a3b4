// See link_making.hpp.

#include "accounts/people/link_making.hpp"

#include "accounts/access/secrets.hpp"
#include "accounts/store/links.hpp"
#include "base/id.hpp"

namespace carillon::accounts {

OneTimeLink make_link(db::Session& session, const Clock& clock, Random& random, std::string_view kind, const std::string& email,
                      const std::string& name, const std::string& network, std::optional<Role> role, Duration lasts,
                      const std::string& made_by) {
  const auto now = clock.now();
  OneTimeLink link{.id = new_id(clock, random), .secret = new_secret(random), .email = email, .ends = now + lasts};
  queries::insert(session, queries::LinkRow{.id = link.id,
                                            .digest = digest_of(link.secret),
                                            .kind = std::string(kind),
                                            .email = email,
                                            .name = name,
                                            .network = network,
                                            .role = role ? std::string(name_of(*role)) : std::string{},
                                            .made_by = made_by,
                                            .created = now,
                                            .ends = link.ends});
  return link;
}

std::unexpected<Error> disabled_account(const std::string& email) {
  return fail(ErrorKind::conflict, "The account “" + email + "” is disabled; enable it first: carillon user enable " + email, "email");
}

}  // namespace carillon::accounts
