#pragma once
// The SQL of the status page's looks. Each within its caller's transaction.

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>
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

/// A file that listeners get.
struct StoredFile {
  Digest digest;
  ByteCount length;
  std::string what;  ///< “the recording of “A talk” (demo)”
};
/// Where a walk over all of them goes on.
struct Place {
  enum class Of { episodes, pictures } of = Of::episodes;
  std::string after{};
  [[nodiscard]] bool is_at_the_beginning() const { return of == Of::episodes && after.empty(); }
};
/// The next ones from `place`, at most some twice `most`: recordings and texts of published episodes, then shows' pictures. Moves `place`;
/// back to the beginning after the last one.
[[nodiscard]] std::vector<StoredFile> next_public_files(db::Session& session, Place& place, int most);

}  // namespace carillon::uptime::queries
