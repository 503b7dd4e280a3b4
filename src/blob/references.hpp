#pragma once
// Who refers to which media. Every part of the program that keeps digests says which; what nobody says is swept, and is in no backup.

#include "base/digest.hpp"
#include "db/database.hpp"

#include <functional>
#include <span>
#include <vector>

namespace carillon::blob {

/// The digests that one part of the program refers to, in no order; some may come twice. Within the caller's transaction.
using References = std::function<Result<std::vector<Digest>>(db::Session& session)>;

/// Those of all `parts`, each once. An error of one is an error of all: media whose references can't be read must not be taken for
/// forgotten.
[[nodiscard]] Result<std::vector<Digest>> referenced_media(db::Session& session, std::span<const References> parts);

}  // namespace carillon::blob
