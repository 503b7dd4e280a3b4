#pragma once
// The owner of a resource: the slug of the network of an advertiser, a campaign, an order, a creative. None if it doesn't exist or is
// deleted. And which media creatives refer to. In the caller's transaction.

#include "base/digest.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::ads {

[[nodiscard]] Result<std::optional<std::string>> network_of_advertiser(db::Session& session, const std::string& id);
[[nodiscard]] Result<std::optional<std::string>> network_of_campaign(db::Session& session, const std::string& id);
[[nodiscard]] Result<std::optional<std::string>> network_of_order(db::Session& session, const std::string& id);
/// Also of a deleted one, whose report remains.
[[nodiscard]] Result<std::optional<std::string>> network_of_past_order(db::Session& session, const std::string& id);
[[nodiscard]] Result<std::optional<std::string>> network_of_creative(db::Session& session, const std::string& id);

/// The recordings and files of creatives, also of deleted ones until drop_files_of_deleted() (blob/references.hpp).
[[nodiscard]] Result<std::vector<Digest>> referenced_media(db::Session& session);

}  // namespace carillon::ads
