// See advertisers.hpp.

#include "ads/store/advertisers.hpp"

#include <soci/soci.h>

namespace carillon::ads::queries {
namespace {

/// Ids sort by birth, and "~" behind all of them.
std::string end_of(const std::string& before) { return before.empty() ? std::string{"~"} : before; }

std::size_t counted(db::Session& session, const char* query, const std::string& value) {
  long long count = 0;
  session << query, soci::use(value), soci::into(count);
  return static_cast<std::size_t>(count);
}

void execute(db::Session& session, const char* query, const std::string& value, const std::string& id) {
  session << query, soci::use(value), soci::use(id);
}

void mark_deleted(db::Session& session, const char* query, const std::string& id, Time now) {
  const auto moment = to_microseconds(now);
  session << query, soci::use(moment), soci::use(id);
}

}  // namespace

void insert(db::Session& session, const Advertiser& advertiser) {
  using soci::use;
  const auto created = to_microseconds(advertiser.created);
  session << "INSERT INTO advertisers (id, network, name, created, deleted) VALUES (:id, :network, :name, :created, 0)", use(advertiser.id),
      use(advertiser.network), use(advertiser.name), use(created);
}

void insert(db::Session& session, const Campaign& campaign) {
  using soci::use;
  const auto created = to_microseconds(campaign.created);
  session << "INSERT INTO campaigns (id, network, advertiser, name, created, deleted) VALUES (:id, :network, :advertiser, :name, :created, "
             "0)",
      use(campaign.id), use(campaign.network), use(campaign.advertiser), use(campaign.name), use(created);
}

void rename_advertiser(db::Session& session, const std::string& id, const std::string& name) {
  execute(session, "UPDATE advertisers SET name = :name WHERE id = :id", name, id);
}
void rename_campaign(db::Session& session, const std::string& id, const std::string& name) {
  execute(session, "UPDATE campaigns SET name = :name WHERE id = :id", name, id);
}
void mark_advertiser_deleted(db::Session& session, const std::string& id, Time now) {
  mark_deleted(session, "UPDATE advertisers SET deleted = :now WHERE id = :id", id, now);
}
void mark_campaign_deleted(db::Session& session, const std::string& id, Time now) {
  mark_deleted(session, "UPDATE campaigns SET deleted = :now WHERE id = :id", id, now);
}

std::optional<Advertiser> advertiser(db::Session& session, const std::string& id) {
  Advertiser found;
  long long created = 0;
  session << "SELECT id, network, name, created FROM advertisers WHERE id = :id AND deleted = 0", soci::use(id), soci::into(found.id),
      soci::into(found.network), soci::into(found.name), soci::into(created);
  if (!session.got_data()) return {};
  found.created = from_microseconds(created);
  return found;
}

std::optional<Campaign> campaign(db::Session& session, const std::string& id) {
  Campaign found;
  long long created = 0;
  session << "SELECT id, network, advertiser, name, created FROM campaigns WHERE id = :id AND deleted = 0", soci::use(id),
      soci::into(found.id), soci::into(found.network), soci::into(found.advertiser), soci::into(found.name), soci::into(created);
  if (!session.got_data()) return {};
  found.created = from_microseconds(created);
  return found;
}

std::vector<Advertiser> advertisers(db::Session& session, const std::optional<std::string>& network, const std::string& before,
                                    std::size_t limit) {
  const auto end = end_of(before);
  const auto most = static_cast<long long>(limit);
  const int every = network ? 0 : 1;
  const auto of = network.value_or("");
  Advertiser row;
  long long created = 0;
  soci::statement statement{(session.prepare << "SELECT id, network, name, created FROM advertisers WHERE (:every = 1 OR network = "
                                                ":network) AND deleted = 0 AND id < :before ORDER BY id DESC LIMIT :most",
                             soci::use(every), soci::use(of), soci::use(end), soci::use(most), soci::into(row.id), soci::into(row.network),
                             soci::into(row.name), soci::into(created))};
  std::vector<Advertiser> found;
  statement.execute();
  while (statement.fetch()) {
    row.created = from_microseconds(created);
    found.push_back(row);
  }
  return found;
}

std::vector<Campaign> campaigns(db::Session& session, const std::optional<std::string>& network, const std::string& advertiser,
                                const std::string& before, std::size_t limit) {
  const auto end = end_of(before);
  const auto most = static_cast<long long>(limit);
  const int every = network ? 0 : 1, of_all = advertiser.empty() ? 1 : 0;
  const auto of = network.value_or("");
  Campaign row;
  long long created = 0;
  soci::statement statement{
      (session.prepare << "SELECT id, network, advertiser, name, created FROM campaigns WHERE (:every = 1 OR network = :network) AND "
                          "(:of_all = 1 OR advertiser = :advertiser) AND deleted = 0 AND id < :before ORDER BY id DESC LIMIT :most",
       soci::use(every), soci::use(of), soci::use(of_all), soci::use(advertiser), soci::use(end), soci::use(most), soci::into(row.id),
       soci::into(row.network), soci::into(row.advertiser), soci::into(row.name), soci::into(created))};
  std::vector<Campaign> found;
  statement.execute();
  while (statement.fetch()) {
    row.created = from_microseconds(created);
    found.push_back(row);
  }
  return found;
}

std::size_t count_advertisers(db::Session& session, const std::string& network) {
  return counted(session, "SELECT COUNT(*) FROM advertisers WHERE network = :network AND deleted = 0", network);
}
std::size_t count_campaigns(db::Session& session, const std::string& network) {
  return counted(session, "SELECT COUNT(*) FROM campaigns WHERE network = :network AND deleted = 0", network);
}
std::size_t count_campaigns_of(db::Session& session, const std::string& advertiser) {
  return counted(session, "SELECT COUNT(*) FROM campaigns WHERE advertiser = :advertiser AND deleted = 0", advertiser);
}

}  // namespace carillon::ads::queries
