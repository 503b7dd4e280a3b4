#pragma once
// The SQL of advertisers and campaigns. Every function runs in its caller's transaction. Deleted ones aren't found.

#include "ads/model/orders.hpp"
#include "db/database.hpp"

namespace carillon::ads::queries {

void insert(db::Session& session, const Advertiser& advertiser);
void insert(db::Session& session, const Campaign& campaign);
void rename_advertiser(db::Session& session, const std::string& id, const std::string& name);
void rename_campaign(db::Session& session, const std::string& id, const std::string& name);
void mark_advertiser_deleted(db::Session& session, const std::string& id, Time now);
void mark_campaign_deleted(db::Session& session, const std::string& id, Time now);
[[nodiscard]] std::optional<Advertiser> advertiser(db::Session& session, const std::string& id);
[[nodiscard]] std::optional<Campaign> campaign(db::Session& session, const std::string& id);
/// Newest first, older than `before` (an ID; "" for the newest); of one network, or of all.
[[nodiscard]] std::vector<Advertiser> advertisers(db::Session& session, const std::optional<std::string>& network,
                                                  const std::string& before, std::size_t limit);
/// The same; of one advertiser unless it's "".
[[nodiscard]] std::vector<Campaign> campaigns(db::Session& session, const std::optional<std::string>& network,
                                              const std::string& advertiser, const std::string& before, std::size_t limit);
[[nodiscard]] std::size_t count_advertisers(db::Session& session, const std::string& network);
[[nodiscard]] std::size_t count_campaigns(db::Session& session, const std::string& network);
[[nodiscard]] std::size_t count_campaigns_of(db::Session& session, const std::string& advertiser);

}  // namespace carillon::ads::queries
