#pragma once
// The SQL of the status page's looks. Each within its caller's transaction.

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "db/database.hpp"

#include <optional>
#include <vector>

namespace carillon::uptime::queries {

/// Writes what is there already: whether writing works shows when it is committed.
void write_something(db::Session& session);
/// When this data was begun.
[[nodiscard]] std::optional<Time> first_start(db::Session& session);

struct MediaFile {
  Digest digest;
  ByteCount length;
};
/// What the last `most` episodes that are published are made of.
[[nodiscard]] std::vector<MediaFile> media_of_latest(db::Session& session, int most);

}  // namespace carillon::uptime::queries
