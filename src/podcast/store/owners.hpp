#pragma once
// The owner of a resource: the slug of the network of a show, an episode, an upload. None if it doesn't exist. In the caller's transaction.

#include "base/bytes.hpp"
#include "db/database.hpp"

#include <map>
#include <optional>
#include <string>

namespace carillon::podcast {

[[nodiscard]] Result<std::optional<std::string>> network_of_show(db::Session& session, const std::string& slug);
[[nodiscard]] Result<std::optional<std::string>> network_of_episode(db::Session& session, const std::string& id);

/// The usage of a network.
struct Usage {
  int shows = 0;
  int unfinished_uploads = 0;
  ByteCount masters;
  ByteCount originals;
  ByteCount uploads;  ///< their announced size
  [[nodiscard]] ByteCount stored() const noexcept { return masters + originals + uploads; }
};
[[nodiscard]] Result<Usage> usage_of(db::Session& session, const std::string& network);

/// The usage of every network with content, by its slug. Reads every episode.
[[nodiscard]] Result<std::map<std::string, Usage>> usage_of_all(db::Session& session);

}  // namespace carillon::podcast
