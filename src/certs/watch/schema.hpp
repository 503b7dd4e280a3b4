#pragma once
// The tables of the watch; app puts them among the numbered migrations.

#include <string_view>

namespace carillon::certs {

/// Times are microseconds since 1970. `trouble`: the kinds of incident that are open because of this watch, separated by spaces. `reminded`
/// is when somebody was last told of the end `reminded_of`. A sighting is the last one of its address; `findings` are words separated by
/// spaces.
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

/// `remark`: what is worth cleaning up there, though clients don't mind.
inline constexpr std::string_view kWatchRemarksSchema = "ALTER TABLE watch_sightings ADD COLUMN remark TEXT NOT NULL DEFAULT '';\n";

}  // namespace carillon::certs
