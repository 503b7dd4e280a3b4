#pragma once
// The SQL of links that work once. Every function runs within its caller's transaction. Digests are hexadecimal SHA-256 of the secrets.

#include "base/time.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::accounts::queries {

struct LinkRow {
  std::string id, digest, kind, email, name, network, role;
  std::string made_by;  ///< the id of who invited or handed the link over; "" for whoever sits at the machine, and where the person asked
  Time created, ends;
};
void insert(db::Session& session, const LinkRow& row);
[[nodiscard]] std::optional<LinkRow> link_with(db::Session& session, const std::string& digest);
[[nodiscard]] std::optional<LinkRow> link_with_id(db::Session& session, const std::string& id);
[[nodiscard]] std::vector<LinkRow> invitations_to(db::Session& session, const std::string& network, Time now);
void remove_link(db::Session& session, const std::string& id);
void remove_password_links_of(db::Session& session, const std::string& email);
/// Invitations, too.
void remove_links_of(db::Session& session, const std::string& email);
/// Links to others that this person made and could not make any more: they are disabled or gone, give that role no longer, or (for links
/// that set a password) are no operator. They may know them still.
void remove_stale_links_by(db::Session& session, const std::string& person_id);
void remove_invitations_of(db::Session& session, const std::string& email, const std::string& network);
/// The password links for this address that are good at `now` and were made to last no longer than `lasting`.
[[nodiscard]] std::size_t password_links_of(db::Session& session, const std::string& email, Duration lasting, Time now);
/// Another secret for a link that is there.
void renew_link(db::Session& session, const std::string& id, const std::string& digest, Time ends);

}  // namespace carillon::accounts::queries
