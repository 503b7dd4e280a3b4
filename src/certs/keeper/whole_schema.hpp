#pragma once
// All tables of a keeper in one list, for databases that begin empty: rehearsals and tests. Products list their own migrations.

#include "certs/keeper/schema.hpp"
#include "db/database.hpp"
#include "jobs/schema.hpp"

#include <array>

namespace carillon::certs {

/// With the tables of `more`, e.g. incidents.
template <class... More>
[[nodiscard]] constexpr auto whole_keeper_schema(const More&... more) {
  std::array all{db::Migration{1, "certificates", kSchema},
                 db::Migration{2, "spares", kSparesSchema},
                 db::Migration{3, "nodes", jobs::kNodesSchema},
                 db::Migration{4, "exports", kExportsSchema},
                 db::Migration{5, "groups", kGroupsSchema},
                 db::Migration{6, "new keys of CA accounts", kNextAccountKeysSchema},
                 db::Migration{0, "", more}...};
  for (std::size_t i = 0; i < all.size(); ++i) all[i].number = static_cast<int>(i) + 1;
  return all;
}

}  // namespace carillon::certs
