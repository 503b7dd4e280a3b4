#pragma once
// References to media. Every part of the program that stores digests lists them here; media without references are deleted by the sweep and
// not backed up.

#include "base/digest.hpp"
#include "db/database.hpp"

#include <functional>
#include <span>
#include <vector>

namespace carillon::blob {

/// The digests that one part of the program refers to, in any order, possibly with duplicates. In the caller's transaction.
using References = std::function<Result<std::vector<Digest>>(db::Session& session)>;

/// The references of all `parts`, without duplicates. Fails if one part fails, because media with unreadable references must not be
/// deleted.
[[nodiscard]] Result<std::vector<Digest>> referenced_media(db::Session& session, std::span<const References> parts);

}  // namespace carillon::blob
