#pragma once
// The tables of certs/. Times are microseconds since 1970; keys are sealed (crypto/sealing.hpp).

#include <string_view>

namespace carillon::certs {

inline constexpr std::string_view kSchema = R"sql(
CREATE TABLE certificate_names (
  name TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  wish TEXT NOT NULL,
  steward TEXT NOT NULL,
  deputy TEXT NOT NULL,
  network TEXT NOT NULL,
  port INTEGER NOT NULL,
  added BIGINT NOT NULL,
  step TEXT NOT NULL,
  step_at BIGINT NOT NULL,
  next_try BIGINT NOT NULL,
  renew_at BIGINT NOT NULL,
  current TEXT NOT NULL,
  issuer TEXT NOT NULL,
  failures INTEGER NOT NULL,
  issuer_failures INTEGER NOT NULL,
  first_failure BIGINT NOT NULL,
  last_error TEXT NOT NULL,
  without_replaces INTEGER NOT NULL,
  order_url TEXT NOT NULL,
  order_key TEXT NOT NULL,
  proof TEXT NOT NULL,
  fresh TEXT NOT NULL,
  window_certificate TEXT NOT NULL,
  window_start BIGINT NOT NULL,
  window_end BIGINT NOT NULL,
  window_draw DOUBLE PRECISION NOT NULL,
  reminded BIGINT NOT NULL,
  lease_owner TEXT NOT NULL DEFAULT '',
  lease_until BIGINT NOT NULL DEFAULT 0,
  lease_number BIGINT NOT NULL DEFAULT 0,
  revision BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE certificates (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  issuer TEXT NOT NULL,
  rank INTEGER NOT NULL,
  serial TEXT NOT NULL,
  not_before BIGINT NOT NULL,
  not_after BIGINT NOT NULL,
  ari_id TEXT NOT NULL,
  chain TEXT NOT NULL,
  sealed_key TEXT NOT NULL,
  stored BIGINT NOT NULL,
  seen BIGINT NOT NULL
);
CREATE INDEX certificate_names_revisions ON certificate_names (name, revision);
CREATE INDEX certificates_by_name ON certificates (name, stored);
CREATE TABLE certificate_history (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  at BIGINT NOT NULL,
  step TEXT NOT NULL,
  issuer TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX certificate_history_by_name ON certificate_history (name, number);
CREATE TABLE acme_accounts (
  issuer TEXT PRIMARY KEY,
  directory TEXT NOT NULL,
  url TEXT NOT NULL,
  sealed_key TEXT NOT NULL,
  contact TEXT NOT NULL
);
CREATE TABLE acme_orders (
  issuer TEXT NOT NULL,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL
);
CREATE INDEX acme_orders_by_issuer ON acme_orders (issuer, at);
CREATE TABLE manual_keys (
  name TEXT PRIMARY KEY,
  sealed_key TEXT NOT NULL,
  made BIGINT NOT NULL
);
)sql";

inline constexpr std::string_view kSparesSchema = R"sql(
ALTER TABLE certificate_names ADD COLUMN spare TEXT NOT NULL DEFAULT '';
ALTER TABLE certificate_names ADD COLUMN for_spare INTEGER NOT NULL DEFAULT 0;
ALTER TABLE certificate_names ADD COLUMN spare_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE certificate_names ADD COLUMN spare_failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE certificate_names ADD COLUMN spare_first_failure BIGINT NOT NULL DEFAULT 0;
)sql";

/// The key that is to replace an account's, from before the CA is asked until the result is stored; '': no change is under way.
inline constexpr std::string_view kNextAccountKeysSchema = "ALTER TABLE acme_accounts ADD COLUMN next_key TEXT NOT NULL DEFAULT '';\n";

/// Leases from before nodes had names; their holders no longer run.
inline constexpr std::string_view kFreeLeasesOfUnnamedNodes = "UPDATE certificate_names SET lease_until = 0;\n";

/// Groups: names that share a certificate. `kept` is the group; a name is in one group at most. Lists of names are separated by spaces.
inline constexpr std::string_view kGroupsSchema = R"sql(
CREATE TABLE certificate_members (
  name TEXT PRIMARY KEY,
  kept TEXT NOT NULL,
  place INTEGER NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  first_failure BIGINT NOT NULL DEFAULT 0,
  again_at BIGINT NOT NULL DEFAULT 0,
  left_out INTEGER NOT NULL DEFAULT 0,
  last_error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX certificate_members_by_kept ON certificate_members (kept, place);
ALTER TABLE certificate_names ADD COLUMN order_names TEXT NOT NULL DEFAULT '';
ALTER TABLE certificates ADD COLUMN names TEXT NOT NULL DEFAULT '';
)sql";

/// The exports of each node: `done` if the files of `certificate` were written and the command succeeded.
inline constexpr std::string_view kExportsSchema = R"sql(
CREATE TABLE exports (
  node TEXT NOT NULL,
  name TEXT NOT NULL,
  folder TEXT NOT NULL,
  certificate TEXT NOT NULL,
  done INTEGER NOT NULL,
  problem TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (node, name, folder)
);
)sql";

}  // namespace carillon::certs
