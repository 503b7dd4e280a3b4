// See statistics.hpp.

#include "app/running/statistics.hpp"

#include "ads/serving/ad_server.hpp"
#include "stats/rollups/schema.hpp"

namespace carillon::app {

Result<std::unique_ptr<Statistics>> Statistics::open(const DataFolder& data, db::Database& podcasts, const Clock& clock) {
  auto opened = std::make_unique<Statistics>();
  auto database = db::Database::open(data.statistics(), stats::rollups_schema());
  if (!database) return forward_error(database);
  opened->database_ = std::move(*database);
  opened->warehouse_ = stats::sql_warehouse(*opened->database_);
  opened->figures_ = std::make_unique<stats::Figures>(
      stats::Figures::Parts{.logs = [data] { return data.all_requests(); },
                            .warehouse = *opened->warehouse_,
                            .podcasts = podcasts,
                            .clock = clock,
                            .lists = data.lists(),
                            .arrangement = [&podcasts](const Digest& digest) { return ads::arranged_ads(podcasts, digest); }});
  return opened;
}

}  // namespace carillon::app
