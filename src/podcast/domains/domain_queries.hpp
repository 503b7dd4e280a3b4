#pragma once
// The SQL of custom domains. Every function runs in its caller's transaction.

#include "db/database.hpp"
#include "podcast/domains/domain.hpp"

namespace carillon::podcast::queries {

/// Adds a claim. False if this show already has one for that name.
[[nodiscard]] bool insert(db::Session& session, const Domain& domain);
/// Everything but the name and the show.
void update(db::Session& session, const Domain& domain);
void remove_domain(db::Session& session, const Domain& domain);
[[nodiscard]] std::optional<Domain> domain(db::Session& session, const std::string& name, const std::string& show_id);
/// All claims of a name, oldest first.
[[nodiscard]] std::vector<Domain> claims_of(db::Session& session, const std::string& name);
[[nodiscard]] std::vector<Domain> domains_of(db::Session& session, const std::string& show_id);  ///< in the order they were added
[[nodiscard]] std::vector<Domain> all_domains(db::Session& session);                             ///< including those of shows in the trash

}  // namespace carillon::podcast::queries
