#pragma once
// The tables of accounts/; app puts them among the numbered migrations.

#include <string_view>

namespace carillon::accounts {

/// Times are microseconds since 1970. Secrets (of sessions, tokens, links, devices) are only stored as SHA-256; with 256 random bits, they
/// can't be guessed from their digest. Recovery codes are shorter, so they are sealed. A quota of 0 means no limit.
inline constexpr std::string_view kSchema = R"sql(
CREATE TABLE networks (
  slug TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created BIGINT NOT NULL,
  storage_quota BIGINT NOT NULL DEFAULT 0,
  show_quota BIGINT NOT NULL DEFAULT 0,
  upload_quota BIGINT NOT NULL DEFAULT 0,
  suspended TEXT NOT NULL DEFAULT '',
  revision BIGINT NOT NULL DEFAULT 1
);
CREATE TABLE suspended_shows (
  slug TEXT PRIMARY KEY,
  reason TEXT NOT NULL
);
CREATE TABLE people (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  password TEXT NOT NULL DEFAULT '',
  is_operator INTEGER NOT NULL DEFAULT 0,
  second_factor TEXT NOT NULL DEFAULT '',
  second_factor_step BIGINT NOT NULL DEFAULT 0,
  created BIGINT NOT NULL
);
CREATE TABLE roles (
  person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  network TEXT NOT NULL REFERENCES networks (slug) ON DELETE CASCADE,
  role TEXT NOT NULL,
  PRIMARY KEY (person_id, network)
);
CREATE INDEX roles_of_network ON roles (network, person_id);
CREATE TABLE recovery_codes (
  person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  digest TEXT NOT NULL,
  PRIMARY KEY (person_id, digest)
);
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  csrf TEXT NOT NULL,
  person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  agent TEXT NOT NULL,
  address_prefix TEXT NOT NULL,
  created BIGINT NOT NULL,
  last_used BIGINT NOT NULL,
  ends BIGINT NOT NULL
);
CREATE INDEX sessions_of_person ON sessions (person_id);
CREATE INDEX sessions_ends ON sessions (ends);
CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created BIGINT NOT NULL,
  last_used BIGINT NOT NULL DEFAULT 0,
  ends BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX tokens_of_person ON tokens (person_id);
CREATE TABLE links (
  id TEXT PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('invitation', 'password')),
  email TEXT NOT NULL,
  name TEXT NOT NULL,
  network TEXT NOT NULL,
  role TEXT NOT NULL,
  created BIGINT NOT NULL,
  ends BIGINT NOT NULL
);
CREATE INDEX links_of_network ON links (network, created);
CREATE TABLE sign_in_failures (
  subject TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  last BIGINT NOT NULL
);
CREATE TABLE idempotency (
  caller TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL DEFAULT 0,
  fields TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL DEFAULT '',
  created BIGINT NOT NULL,
  PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_created ON idempotency (created);
INSERT INTO networks (slug, name, created) VALUES ('default', 'Default', 0);
)sql";

/// Settings of the installation: the default steward if the configuration has none, and the setup link for the first person.
inline constexpr std::string_view kSettingsSchema = R"sql(
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
)sql";

/// Only the audit trail, which `guard` also has.
inline constexpr std::string_view kAuditSchema = R"sql(
CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  network TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  actor TEXT NOT NULL,
  address_prefix TEXT NOT NULL,
  act TEXT NOT NULL,
  subject TEXT NOT NULL,
  was TEXT NOT NULL,
  became TEXT NOT NULL
);
CREATE INDEX audit_of_network ON audit (network, id);
)sql";

/// `disabled` is the time, 0 for never. `departed` has the addresses of deleted people, to distinguish a steward who left from one who
/// never had an account.
inline constexpr std::string_view kDepartedSchema = R"sql(
ALTER TABLE people ADD COLUMN disabled BIGINT NOT NULL DEFAULT 0;
CREATE TABLE departed (
  email TEXT PRIMARY KEY,
  at BIGINT NOT NULL
);
)sql";

/// Index for counting refusals and deleting the oldest ones.
inline constexpr std::string_view kAuditActsSchema = R"sql(
CREATE INDEX audit_of_act ON audit (act, id);
)sql";

inline constexpr std::string_view kTokenRemindersSchema = R"sql(
ALTER TABLE tokens ADD COLUMN reminded BIGINT NOT NULL DEFAULT 0;
)sql";

/// Devices with which people have signed in; guesses by strangers don't delay them.
inline constexpr std::string_view kDevicesSchema = R"sql(
CREATE TABLE devices (
  id TEXT PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  person_id TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  created BIGINT NOT NULL,
  ends BIGINT NOT NULL
);
CREATE INDEX devices_of_person ON devices (person_id, ends);
CREATE INDEX links_of_address ON links (email, kind);
)sql";

/// Links expire when the person who created them for others loses access. The audit trail has the inviters of open invitations.
inline constexpr std::string_view kLinkMakersSchema = R"sql(
ALTER TABLE links ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
CREATE INDEX links_of_maker ON links (made_by);
UPDATE links SET made_by = COALESCE((SELECT actor_id FROM audit WHERE act = 'person.invite' AND subject = links.email AND
  audit.network = links.network ORDER BY audit.id DESC LIMIT 1), '') WHERE kind = 'invitation';
)sql";

}  // namespace carillon::accounts
