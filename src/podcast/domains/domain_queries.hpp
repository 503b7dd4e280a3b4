#pragma once
// The SQL of shows' own domains. Every function runs within its caller's transaction.

#include "db/database.hpp"
#include "podcast/domains/domain.hpp"

namespace carillon::podcast::queries {

/// False when the name is taken, by whomever.
[[nodiscard]] bool insert(db::Session& session, const Domain& domain);
/// `pointed` and `strayed`; nothing else changes.
void update(db::Session& session, const Domain& domain);
void remove_domain(db::Session& session, const std::string& name);
[[nodiscard]] std::optional<Domain> domain(db::Session& session, const std::string& name);
[[nodiscard]] std::vector<Domain> domains_of(db::Session& session, const std::string& show_id);  ///< in the order they were added
[[nodiscard]] std::vector<Domain> all_domains(db::Session& session);  ///< of shows in the trash, too: they keep theirs

}  // namespace carillon::podcast::queries
