#pragma once
// The table of jobs; app puts it among the numbered migrations.

#include <string_view>

namespace carillon::jobs {

/// Times are microseconds since 1970. `lease_number` increases with every lease: a holder of an older number has lost the job, regardless
/// of the clock. At most one job per kind and subject is waiting.
inline constexpr std::string_view kJobsSchema =
    "CREATE TABLE jobs (\n"
    "  id TEXT PRIMARY KEY,\n"
    "  kind TEXT NOT NULL,\n"
    "  subject TEXT NOT NULL,\n"
    "  payload TEXT NOT NULL,\n"
    "  state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'done', 'failed')),\n"
    "  attempts INTEGER NOT NULL DEFAULT 0,\n"
    "  run_at BIGINT NOT NULL,\n"
    "  progress DOUBLE PRECISION NOT NULL DEFAULT 0,\n"
    "  doing TEXT NOT NULL DEFAULT '',\n"
    "  error TEXT NOT NULL DEFAULT '',\n"
    "  created BIGINT NOT NULL,\n"
    "  finished BIGINT,\n"
    "  lease_owner TEXT NOT NULL DEFAULT '',\n"
    "  lease_until BIGINT NOT NULL DEFAULT 0,\n"
    "  lease_number BIGINT NOT NULL DEFAULT 0\n"
    ");\n"
    "CREATE UNIQUE INDEX jobs_one_waiting ON jobs (kind, subject) WHERE state = 'waiting';\n"
    "CREATE INDEX jobs_due ON jobs (kind, state, run_at);\n"
    "CREATE INDEX jobs_newest ON jobs (created, id);\n";

/// The share of a job ("" is none), and when it was last leased.
inline constexpr std::string_view kJobSharesSchema =
    "ALTER TABLE jobs ADD COLUMN share TEXT NOT NULL DEFAULT '';\n"
    "ALTER TABLE jobs ADD COLUMN taken BIGINT NOT NULL DEFAULT 0;\n"
    "CREATE INDEX jobs_shares ON jobs (share, taken);\n"
    "CREATE INDEX jobs_turns ON jobs (kind, state, share, run_at);\n";

/// The network of a job ("" is the machine's own). The networks of existing jobs are set by the parts that own these jobs
/// (podcast/schema.hpp).
inline constexpr std::string_view kJobNetworksSchema =
    "ALTER TABLE jobs ADD COLUMN network TEXT NOT NULL DEFAULT '';\n"
    "CREATE INDEX jobs_of_network ON jobs (network, created, id);\n";

/// The nodes that serve, or served, this database (node.hpp), and which one has the turn for each shared task. `clock` is the node's own
/// time at its last heartbeat; `ended` is 0 while its life continues.
inline constexpr std::string_view kNodesSchema =
    "CREATE TABLE nodes (\n"
    "  name TEXT PRIMARY KEY,\n"
    "  generation BIGINT NOT NULL,\n"
    "  life TEXT NOT NULL UNIQUE,\n"
    "  place TEXT NOT NULL,\n"
    "  beat BIGINT NOT NULL,\n"
    "  clock BIGINT NOT NULL,\n"
    "  started BIGINT NOT NULL,\n"
    "  ended BIGINT NOT NULL DEFAULT 0\n"
    ");\n"
    "CREATE TABLE turns (\n"
    "  task TEXT PRIMARY KEY,\n"
    "  owner TEXT NOT NULL\n"
    ");\n";

/// Leases from before nodes had names; their holders no longer run.
inline constexpr std::string_view kFreeLeasesOfUnnamedNodes = "UPDATE jobs SET lease_until = 0 WHERE state = 'running';\n";

}  // namespace carillon::jobs
