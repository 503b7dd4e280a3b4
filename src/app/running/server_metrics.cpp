// See server_metrics.hpp.

#include "app/running/server_metrics.hpp"

#include "app/running/server_metrics_queries.hpp"
#include "base/file.hpp"
#include "blob/store.hpp"

#include <fmt/format.h>

#include <map>

namespace carillon::app {
namespace {

std::string head_of(std::string_view name, std::string_view type, std::string_view help) {
  return fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

template <class Number>
std::string sample(std::string_view name, std::string_view type, std::string_view help, Number value) {
  return head_of(name, type, help) + fmt::format("{} {}\n", name, value);
}

std::string jobs_text(const std::vector<queries::JobsOfKind>& jobs, Time now) {
  auto counts =
      head_of("carillon_jobs", "gauge", "Unfinished jobs by state: waiting (including those scheduled for later), running, failed.");
  auto ages = head_of("carillon_job_oldest_seconds", "gauge", "How long the oldest due job has been waiting.");
  for (const auto& [kind, state, count, earliest] : jobs) {
    counts += fmt::format("carillon_jobs{{kind=\"{}\",state=\"{}\"}} {}\n", kind, state, count);
    if (state == "waiting" && earliest <= now)
      ages +=
          fmt::format("carillon_job_oldest_seconds{{kind=\"{}\"}} {:.3f}\n", kind, std::chrono::duration<double>(now - earliest).count());
  }
  return counts + ages;
}

/// 0 for what is not there.
std::uint64_t length_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto length = std::filesystem::file_size(file, error);
  return error ? 0 : length;
}

}  // namespace

std::string connection_metrics(const net::Server& server) {
  const auto counts = server.counts();
  return sample("carillon_connections", "gauge", "Open connections.", counts.open) +
         sample("carillon_connections_max", "gauge", "Maximum number of open connections.", server.most_connections()) +
         sample("carillon_connections_total", "counter", "Accepted connections.", counts.accepted) +
         sample("carillon_connections_refused_total", "counter", "Connections closed immediately because too many were open.",
                counts.refused) +
         sample("carillon_handshake_failures_total", "counter", "Failed TLS handshakes.", counts.failed_handshakes);
}

std::string machine_metrics(db::Database& database, const DataFolder& data, Time now) {
  std::string text;
  std::vector<queries::JobsOfKind> jobs;
  std::int64_t incidents = 0;
  const auto read = database.read_now([&](db::Session& session) -> Result<> {
    jobs = queries::unfinished_jobs(session);
    incidents = queries::open_incidents(session);
    return {};
  });
  text += sample("carillon_database_readable", "gauge", "1 if the database can be read, otherwise 0.", read ? 1 : 0);
  if (read) {
    text += jobs_text(jobs, now);
    text += sample("carillon_incidents_open", "gauge", "Unresolved incidents.", incidents);
  }
  const auto file = data.database();
  text += sample("carillon_database_bytes", "gauge", "Size of the database, including its write-ahead log.",
                 length_of(file) + length_of(file.string() + "-wal"));
  if (const auto space = space_at(data.root)) {
    text += sample("carillon_disk_total_bytes", "gauge", "Size of the data folder's disk.", space->total.value);
    text += sample("carillon_disk_free_bytes", "gauge", "Free space on the data folder's disk.", space->free.value);
    text += sample("carillon_disk_reserve_bytes", "gauge", "Publishing is disabled when less space than this is free.",
                   blob::reserve_of(space->total).value);
  }
  return text;
}

}  // namespace carillon::app
