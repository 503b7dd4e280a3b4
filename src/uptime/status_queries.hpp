#pragma once
// The SQL of the status checks. Each function runs in its caller's transaction.

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::uptime::queries {

/// Rewrites existing data, to test whether writing works on commit.
void write_something(db::Session& session);
/// When this data folder was created.
[[nodiscard]] std::optional<Time> first_start(db::Session& session);

struct MediaFile {
  Digest digest;
  ByteCount length;
};
/// The files of the last `most` published episodes.
[[nodiscard]] std::vector<MediaFile> media_of_latest(db::Session& session, int most);

/// A file for listeners.
struct StoredFile {
  Digest digest;
  ByteCount length;
  std::string what;  ///< “the recording of “A talk” (demo)”
};
/// The position in an iteration over all of them.
struct Place {
  enum class Of { episodes, pictures } of = Of::episodes;
  std::string after{};
  [[nodiscard]] bool is_at_the_beginning() const { return of == Of::episodes && after.empty(); }
};
/// The next ones from `place`, at most some twice `most`: recordings and texts of published episodes, then shows' pictures. Advances
/// `place`; back to the start after the last one.
[[nodiscard]] std::vector<StoredFile> next_public_files(db::Session& session, Place& place, int most);

}  // namespace carillon::uptime::queries
