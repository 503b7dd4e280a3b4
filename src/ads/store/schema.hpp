#pragma once
// The tables of ads/. Digests are hexadecimal text, times microseconds since 1970; 0 and '' are none.

#include <string_view>

namespace carillon::ads {

/// `terms` is the JSON of ads/model/order_fields.hpp; `starts` and `ends` are copied from it, for finding live orders. `approved` of a
/// creative is when it was last approved with its order, `state` is that of creative_rows.hpp. Deleted orders and creatives stay for
/// reports; the files of creatives are kept for kDeletedCreativeKept. `loudness` of a file is its target in tenths of LUFS, `tried` when
/// making files failed last.
inline constexpr std::string_view kSchema = R"sql(
CREATE TABLE advertisers (
  id TEXT PRIMARY KEY,
  network TEXT NOT NULL,
  name TEXT NOT NULL,
  created BIGINT NOT NULL,
  deleted BIGINT NOT NULL
);
CREATE INDEX advertisers_of_network ON advertisers (network, id);
CREATE TABLE campaigns (
  id TEXT PRIMARY KEY,
  network TEXT NOT NULL,
  advertiser TEXT NOT NULL REFERENCES advertisers (id),
  name TEXT NOT NULL,
  created BIGINT NOT NULL,
  deleted BIGINT NOT NULL
);
CREATE INDEX campaigns_of_network ON campaigns (network, id);
CREATE INDEX campaigns_of_advertiser ON campaigns (advertiser, id);
CREATE TABLE ad_orders (
  id TEXT PRIMARY KEY,
  campaign TEXT NOT NULL REFERENCES campaigns (id),
  network TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'approved', 'done')),
  starts BIGINT NOT NULL,
  ends BIGINT NOT NULL,
  terms TEXT NOT NULL,
  created BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  deleted BIGINT NOT NULL
);
CREATE INDEX ad_orders_of_campaign ON ad_orders (campaign, id);
CREATE INDEX ad_orders_live ON ad_orders (network, ends) WHERE state = 'approved' AND deleted = 0;
CREATE TABLE creatives (
  id TEXT PRIMARY KEY,
  order_id TEXT NOT NULL REFERENCES ad_orders (id),
  network TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  categories TEXT NOT NULL,
  expires BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('processing', 'ready', 'failed')),
  error TEXT NOT NULL,
  original TEXT NOT NULL,
  original_length BIGINT NOT NULL,
  approved BIGINT NOT NULL,
  tried BIGINT NOT NULL,
  created BIGINT NOT NULL,
  changed BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  deleted BIGINT NOT NULL
);
CREATE INDEX creatives_of_order ON creatives (order_id, id);
CREATE INDEX creatives_of_network ON creatives (network, id);
CREATE INDEX creatives_deleted ON creatives (deleted) WHERE deleted > 0;
CREATE TABLE creative_files (
  creative_id TEXT NOT NULL REFERENCES creatives (id) ON DELETE CASCADE,
  bitrate INTEGER NOT NULL,
  channels INTEGER NOT NULL,
  sample_rate INTEGER NOT NULL,
  loudness INTEGER NOT NULL,
  frames TEXT NOT NULL,
  length BIGINT NOT NULL,
  duration BIGINT NOT NULL,
  measured DOUBLE PRECISION NOT NULL,
  true_peak DOUBLE PRECISION NOT NULL,
  PRIMARY KEY (creative_id, bitrate, channels, sample_rate, loudness)
);
CREATE TABLE ad_rules (
  show_id TEXT PRIMARY KEY REFERENCES shows (id) ON DELETE CASCADE,
  rules TEXT NOT NULL
);
)sql";

}  // namespace carillon::ads
