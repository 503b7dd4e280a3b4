#pragma once
// The SQL of one-time links. Every function runs in its caller's transaction. Digests are hexadecimal SHA-256 of the secrets.

#include "base/time.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::accounts::queries {

struct LinkRow {
  std::string id, digest, kind, email, name, network, role;
  std::string made_by;  ///< the ID of the person who invited or passed on the link; "" for an operator on the machine, and if the person
                        ///< requested it
  Time created, ends;
};
void insert(db::Session& session, const LinkRow& row);
[[nodiscard]] std::optional<LinkRow> link_with(db::Session& session, const std::string& digest);
[[nodiscard]] std::optional<LinkRow> link_with_id(db::Session& session, const std::string& id);
[[nodiscard]] std::vector<LinkRow> invitations_to(db::Session& session, const std::string& network, Time now);
void remove_link(db::Session& session, const std::string& id);
void remove_password_links_of(db::Session& session, const std::string& email);
/// Includes invitations.
void remove_links_of(db::Session& session, const std::string& email);
/// Removes links for others that this person created and could no longer create: because they are disabled or deleted, can't assign that
/// role any longer, or (for password links) aren't an operator. They might still know these links.
void remove_stale_links_by(db::Session& session, const std::string& person_id);
void remove_invitations_of(db::Session& session, const std::string& email, const std::string& network);
/// The number of password links for this address that are valid at `now` and have a lifetime of at most `lasting`.
[[nodiscard]] std::size_t password_links_of(db::Session& session, const std::string& email, Duration lasting, Time now);
/// Replaces the secret of an existing link.
void renew_link(db::Session& session, const std::string& id, const std::string& digest, Time ends);

}  // namespace carillon::accounts::queries
