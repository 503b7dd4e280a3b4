#pragma once
// The tables of counted days, in a database of their own: everything in them can be counted again from the request log.

#include "db/database.hpp"

#include <span>
#include <string_view>

namespace carillon::stats {

/// `dimension` is Dimension; `listeners` holds 64-bit hashes in ascending order, little-endian, in base64; the row without an episode is
/// the show's.
inline constexpr std::string_view kRollupsSchema = R"sql(
CREATE TABLE counted_days (
  day INTEGER PRIMARY KEY,
  final INTEGER NOT NULL,
  rules INTEGER NOT NULL,
  counted INTEGER NOT NULL,
  verdicts TEXT NOT NULL,
  lists TEXT NOT NULL,
  digest TEXT NOT NULL
);
CREATE TABLE downloads (
  episode TEXT NOT NULL,
  dimension INTEGER NOT NULL,
  day INTEGER NOT NULL,
  name TEXT NOT NULL,
  show_id TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (episode, dimension, day, name)
);
CREATE INDEX downloads_by_show ON downloads (show_id, dimension, day, name);
CREATE INDEX downloads_by_day ON downloads (day);
CREATE TABLE listeners (
  show_id TEXT NOT NULL,
  episode TEXT NOT NULL,
  day INTEGER NOT NULL,
  count INTEGER NOT NULL,
  hashes TEXT NOT NULL,
  PRIMARY KEY (show_id, episode, day)
);
CREATE INDEX listeners_by_day ON listeners (day);
CREATE TABLE audio_facts (
  media TEXT PRIMARY KEY,
  header INTEGER NOT NULL,
  bitrate INTEGER NOT NULL
);
CREATE TABLE agent_lists (
  digest TEXT PRIMARY KEY,
  texts TEXT NOT NULL
);
)sql";

/// Sums of each episode's day, and everything once more for each show, so that a year of a show with hundreds of episodes is read quickly.
inline constexpr std::string_view kShowRollupsSchema = R"sql(
INSERT INTO downloads (episode, dimension, day, name, show_id, count)
  SELECT episode, 5, day, '', show_id, SUM(count) FROM downloads WHERE dimension = 0 GROUP BY episode, day, show_id;
CREATE TABLE show_downloads (
  show_id TEXT NOT NULL,
  dimension INTEGER NOT NULL,
  day INTEGER NOT NULL,
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (show_id, dimension, day, name)
) WITHOUT ROWID;
INSERT INTO show_downloads (show_id, dimension, day, name, count)
  SELECT show_id, dimension, day, name, SUM(count) FROM downloads GROUP BY show_id, dimension, day, name;
CREATE INDEX show_downloads_by_day ON show_downloads (day);
DROP INDEX downloads_by_show;
CREATE INDEX downloads_by_show ON downloads (show_id, day, episode, count) WHERE dimension = 5;
CREATE INDEX listeners_by_episode ON listeners (episode, day);
)sql";

/// Delivered advertisements: by hour, for the pace of orders; by show, episode, country and place in the episode, for reports.
/// `ad_listeners` has the downloads with at least one of an order's creatives; `hashes` as in `listeners`.
inline constexpr std::string_view kAdDeliveriesSchema = R"sql(
CREATE TABLE ad_hours (
  order_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (order_id, day, hour)
) WITHOUT ROWID;
CREATE INDEX ad_hours_by_day ON ad_hours (day);
CREATE TABLE ad_deliveries (
  order_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  show_id TEXT NOT NULL,
  episode TEXT NOT NULL,
  country TEXT NOT NULL,
  position TEXT NOT NULL,
  creative TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (order_id, day, show_id, episode, country, position, creative)
) WITHOUT ROWID;
CREATE INDEX ad_deliveries_by_day ON ad_deliveries (day);
CREATE TABLE ad_listeners (
  order_id TEXT NOT NULL,
  day INTEGER NOT NULL,
  downloads INTEGER NOT NULL,
  hashes TEXT NOT NULL,
  PRIMARY KEY (order_id, day)
);
CREATE INDEX ad_listeners_by_day ON ad_listeners (day);
)sql";

/// Of the database of counted days.
[[nodiscard]] std::span<const db::Migration> rollups_schema() noexcept;

}  // namespace carillon::stats
