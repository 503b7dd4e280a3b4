#pragma once
// The tables of the watch; app puts them among the numbered migrations.

#include <string_view>

namespace carillon::certs {

/// Times are microseconds since 1970. `trouble`: the kinds of incident that are open because of this watch, separated by spaces. `reminded`
/// is when people were last reminded of the expiry `reminded_of`. A sighting is the last one of its address; `findings` are words separated
/// by spaces.
inline constexpr std::string_view kWatchSchema =
    "CREATE TABLE watches (\n"
    "  host TEXT NOT NULL,\n"
    "  port INTEGER NOT NULL,\n"
    "  starttls TEXT NOT NULL,\n"
    "  steward TEXT NOT NULL,\n"
    "  deputy TEXT NOT NULL,\n"
    "  network TEXT NOT NULL,\n"
    "  added BIGINT NOT NULL,\n"
    "  next_look BIGINT NOT NULL,\n"
    "  last_look BIGINT,\n"
    "  misses INTEGER NOT NULL DEFAULT 0,\n"
    "  trouble TEXT NOT NULL DEFAULT '',\n"
    "  reminded BIGINT,\n"
    "  reminded_of BIGINT,\n"
    "  PRIMARY KEY (host, port, starttls)\n"
    ");\n"
    "CREATE INDEX watches_due ON watches (next_look);\n"
    "CREATE TABLE watch_sightings (\n"
    "  host TEXT NOT NULL,\n"
    "  port INTEGER NOT NULL,\n"
    "  starttls TEXT NOT NULL,\n"
    "  address TEXT NOT NULL,\n"
    "  at BIGINT NOT NULL,\n"
    "  serial TEXT NOT NULL,\n"
    "  issuer TEXT NOT NULL,\n"
    "  not_after BIGINT,\n"
    "  findings TEXT NOT NULL,\n"
    "  failure TEXT NOT NULL,\n"
    "  PRIMARY KEY (host, port, starttls, address)\n"
    ");\n";

/// `remark`: something to clean up that doesn't affect clients.
inline constexpr std::string_view kWatchRemarksSchema = "ALTER TABLE watch_sightings ADD COLUMN remark TEXT NOT NULL DEFAULT '';\n";

/// `server_name`: the SNI name, "" for the host itself. `accepted`: findings to ignore, words separated by spaces. `failure`: why the last
/// check got no result.
inline constexpr std::string_view kWatchNamesSchema =
    "CREATE TABLE named_watches (\n"
    "  host TEXT NOT NULL,\n"
    "  port INTEGER NOT NULL,\n"
    "  starttls TEXT NOT NULL,\n"
    "  server_name TEXT NOT NULL,\n"
    "  accepted TEXT NOT NULL,\n"
    "  steward TEXT NOT NULL,\n"
    "  deputy TEXT NOT NULL,\n"
    "  network TEXT NOT NULL,\n"
    "  added BIGINT NOT NULL,\n"
    "  next_look BIGINT NOT NULL,\n"
    "  last_look BIGINT,\n"
    "  misses INTEGER NOT NULL DEFAULT 0,\n"
    "  failure TEXT NOT NULL DEFAULT '',\n"
    "  trouble TEXT NOT NULL DEFAULT '',\n"
    "  reminded BIGINT,\n"
    "  reminded_of BIGINT,\n"
    "  PRIMARY KEY (host, port, starttls, server_name)\n"
    ");\n"
    "INSERT INTO named_watches (host, port, starttls, server_name, accepted, steward, deputy, network, added, next_look, last_look, "
    "misses, "
    "trouble, reminded, reminded_of) SELECT host, port, starttls, '', '', steward, deputy, network, added, next_look, last_look, misses, "
    "trouble, reminded, reminded_of FROM watches;\n"
    "DROP TABLE watches;\n"
    "ALTER TABLE named_watches RENAME TO watches;\n"
    "CREATE INDEX named_watches_due ON watches (next_look);\n"
    "CREATE TABLE named_sightings (\n"
    "  host TEXT NOT NULL,\n"
    "  port INTEGER NOT NULL,\n"
    "  starttls TEXT NOT NULL,\n"
    "  server_name TEXT NOT NULL,\n"
    "  address TEXT NOT NULL,\n"
    "  at BIGINT NOT NULL,\n"
    "  serial TEXT NOT NULL,\n"
    "  issuer TEXT NOT NULL,\n"
    "  not_after BIGINT,\n"
    "  findings TEXT NOT NULL,\n"
    "  failure TEXT NOT NULL,\n"
    "  remark TEXT NOT NULL DEFAULT '',\n"
    "  PRIMARY KEY (host, port, starttls, server_name, address)\n"
    ");\n"
    "INSERT INTO named_sightings (host, port, starttls, server_name, address, at, serial, issuer, not_after, findings, failure, remark) "
    "SELECT host, port, starttls, '', address, at, serial, issuer, not_after, findings, failure, remark FROM watch_sightings;\n"
    "DROP TABLE watch_sightings;\n"
    "ALTER TABLE named_sightings RENAME TO watch_sightings;\n";

/// The subjects of incidents about watches with STARTTLS name the protocol, as `watch_name` does. Needs the tables of incidents/. Where an
/// endpoint is also watched without, an older incident may belong to either and stays as it is.
inline constexpr std::string_view kWatchKindsSchema =
    "CREATE TABLE watch_names AS SELECT MIN(starttls) AS first, MAX(starttls) AS last, CASE WHEN host LIKE '%:%' THEN '[' || host || ']' "
    "ELSE host END || ':' || CAST(port AS TEXT) || CASE WHEN server_name = '' THEN '' ELSE ' as ' || server_name END AS name FROM watches "
    "GROUP BY host, port, server_name;\n"
    "UPDATE incidents SET subject = subject || ' (' || (SELECT last FROM watch_names WHERE name = incidents.subject) || ')' "
    "WHERE kind LIKE 'watched-%' AND subject IN (SELECT name FROM watch_names WHERE first <> '');\n"
    "DROP TABLE watch_names;\n";

}  // namespace carillon::certs
