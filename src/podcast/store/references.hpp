#pragma once
// Which media shows and episodes refer to (blob/references.hpp).

#include "base/digest.hpp"
#include "db/database.hpp"

#include <vector>

namespace carillon::podcast {

/// Each digest once, in no order. Within the caller's transaction.
[[nodiscard]] Result<std::vector<Digest>> referenced_media(db::Session& session);

}  // namespace carillon::podcast
