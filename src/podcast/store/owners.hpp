#pragma once
// Whose something is: the slug of the network behind a show, an episode, an upload. None for what does not exist. Within the
// caller's transaction.

#include "base/bytes.hpp"
#include "db/database.hpp"

#include <map>
#include <optional>
#include <string>

namespace carillon::podcast {

[[nodiscard]] Result<std::optional<std::string>> network_of_show(db::Session& session, const std::string& slug);
[[nodiscard]] Result<std::optional<std::string>> network_of_episode(db::Session& session, const std::string& id);

/// What a network takes up.
struct Usage {
  int shows = 0;
  int unfinished_uploads = 0;
  ByteCount stored;  ///< masters, and what uploads have been promised
};
[[nodiscard]] Result<Usage> usage_of(db::Session& session, const std::string& network);

/// That of every network that has something, by its slug. Looks at every episode.
[[nodiscard]] Result<std::map<std::string, Usage>> usage_of_all(db::Session& session);

}  // namespace carillon::podcast
