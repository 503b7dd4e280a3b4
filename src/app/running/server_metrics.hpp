#pragma once
// The server's Prometheus metrics: connections, jobs, disk, database.

#include "app/data_folder.hpp"
#include "db/database.hpp"
#include "net/server.hpp"

namespace carillon::app {

/// carillon_connections, carillon_connections_max, carillon_connections_total, carillon_connections_refused_total,
/// carillon_handshake_failures_total. Any thread.
[[nodiscard]] std::string connection_metrics(const net::Server& server);

/// carillon_jobs{kind,state}, carillon_job_oldest_seconds{kind}, carillon_incidents_open, carillon_disk_…_bytes, carillon_database_bytes,
/// carillon_database_readable. Blocks; worker threads.
[[nodiscard]] std::string machine_metrics(db::Database& database, const DataFolder& data, Time now);

}  // namespace carillon::app
