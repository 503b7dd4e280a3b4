#pragma once
// The tables of decided advertisements.

#include <string_view>

namespace carillon::ads {

/// `ad_keys`: keys of days ("day 2026-11-30") and of orders ("order ID"), in hexadecimal; without them, nobody can tell whose hash it is.
/// `ad_arrangements`: what was decided, by the SHA-256 of its name; `ads` is JSON, `files` the digests that it consists of, with spaces
/// between. `ad_decisions`: which listener gets which; "" is the episode as it is. `ad_decided`: impressions by hour. `ad_supply`: slots of
/// all requests by hour. `ad_frequency`: parts of Bloom filters in base64 (ads/serving/frequency.hpp). Times are microseconds.
inline constexpr std::string_view kServingSchema = R"sql(
CREATE TABLE ad_keys (
  name TEXT PRIMARY KEY,
  secret TEXT NOT NULL,
  made BIGINT NOT NULL
);
CREATE TABLE ad_arrangements (
  digest TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  episode TEXT NOT NULL,
  length BIGINT NOT NULL,
  bitrate INTEGER NOT NULL,
  ads TEXT NOT NULL,
  files TEXT NOT NULL,
  used BIGINT NOT NULL
);
CREATE INDEX ad_arrangements_by_use ON ad_arrangements (used);
CREATE TABLE ad_decisions (
  number BIGINT PRIMARY KEY,
  listener TEXT NOT NULL,
  arrangement TEXT NOT NULL,
  decided BIGINT NOT NULL
);
CREATE INDEX ad_decisions_by_time ON ad_decisions (decided);
CREATE TABLE ad_decided (
  order_id TEXT NOT NULL,
  hour BIGINT NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (order_id, hour)
);
CREATE TABLE ad_supply (
  hour BIGINT PRIMARY KEY,
  visits BIGINT NOT NULL
);
CREATE TABLE ad_frequency (
  order_id TEXT NOT NULL,
  hours INTEGER NOT NULL,
  bucket BIGINT NOT NULL,
  level INTEGER NOT NULL,
  part INTEGER NOT NULL,
  bits TEXT NOT NULL,
  PRIMARY KEY (order_id, hours, bucket, level, part)
)
)sql";

}  // namespace carillon::ads
