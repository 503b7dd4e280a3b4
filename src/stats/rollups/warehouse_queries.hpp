#pragma once
// The SQL of counted days. Every function runs in its caller's transaction.

#include "stats/rollups/warehouse.hpp"

namespace carillon::stats::queries {

struct Row {
  std::string episode, show_id;
  Dimension dimension;
  std::string name;
  std::int64_t count;
};
struct ListenersRow {
  std::string show_id, episode;  ///< episode "": of the whole show
  std::int64_t count;
  std::string hashes;
};

void remove_day(db::Session& session, std::chrono::sys_days day);
void insert_day(db::Session& session, const DayState& state);
void insert_downloads(db::Session& session, std::chrono::sys_days day, const std::vector<Row>& rows);
struct ShowRow {
  std::string show_id;
  Dimension dimension;
  std::string name;
  std::int64_t count;
};
void insert_show_downloads(db::Session& session, std::chrono::sys_days day, const std::vector<ShowRow>& rows);
void insert_listeners(db::Session& session, std::chrono::sys_days day, const std::vector<ListenersRow>& rows);
struct AdHourRow {
  std::string order;
  int hour;
  std::int64_t count;
};
struct AdRow {
  std::string order, show_id, episode, country, position, creative;
  std::int64_t count;
};
struct AdListenersRow {
  std::string order;
  std::int64_t downloads;
  std::string hashes;
};
void insert_ads(db::Session& session, std::chrono::sys_days day, const std::vector<AdHourRow>& hours, const std::vector<AdRow>& rows,
                const std::vector<AdListenersRow>& listeners);
/// By order: all deliveries, and those of each hour from `since` on.
[[nodiscard]] std::map<std::string, ads::Delivered> delivered(db::Session& session, Time since);
[[nodiscard]] std::map<std::chrono::sys_days, std::int64_t> delivered_by_day(db::Session& session, const std::string& order);
struct AdDayListeners {
  std::chrono::sys_days day;
  std::int64_t downloads;
  std::string hashes;
};
[[nodiscard]] std::vector<AdDayListeners> ad_listeners(db::Session& session, const std::string& order);

[[nodiscard]] std::vector<DayState> days(db::Session& session, std::chrono::sys_days from, std::chrono::sys_days to);

[[nodiscard]] std::optional<std::chrono::sys_days> first_day(db::Session& session);

struct Sum {
  std::chrono::sys_days day;
  std::string name;  ///< of the dimension
  std::int64_t count;
};
/// Whether each day has its sum, or all days of the query have one, with the first of them.
enum class Each { day, period };
/// Of one dimension. A name can come several times, from several shows.
[[nodiscard]] std::vector<Sum> sums(db::Session& session, const Query& query, Dimension dimension, Each each = Each::day);
struct DayListeners {
  std::chrono::sys_days day;
  std::string key;  ///< the show's or episode's ID if the query breaks down by them
  std::int64_t count;
  std::string hashes;  ///< "" unless wanted
};
/// How many shows and episodes a query is about, without a breakdown by them.
[[nodiscard]] std::size_t subjects(const Query& query);
[[nodiscard]] std::vector<DayListeners> listeners(db::Session& session, const Query& query, bool with_hashes);

[[nodiscard]] std::optional<AudioFacts> facts(db::Session& session, const Digest& media);
/// Unless there are some.
void insert_facts(db::Session& session, const Digest& media, const AudioFacts& facts);
void insert_lists(db::Session& session, const std::string& digest, const std::string& texts);
[[nodiscard]] std::optional<std::string> lists(db::Session& session, const std::string& digest);
/// Lists that no counted day refers to.
void remove_unused_lists(db::Session& session, const std::string& but);

}  // namespace carillon::stats::queries
