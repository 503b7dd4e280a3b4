#pragma once
// What the runner asks of the table of jobs. Every function runs within its caller's transaction; those that change a running job do it
// only for whoever holds its lease.

#include "jobs/jobs.hpp"

#include <span>

namespace carillon::jobs {

/// Who runs a job, and under which take of it.
struct Lease {
  std::string owner;
  std::int64_t number = 0;
};

struct Taken {
  Job job;  ///< as it is now: running, this attempt counted
  Lease lease;
};

/// When the next job of these kinds can be taken: it is due, or the lease of somebody else runs out. None: nothing waits or runs.
Result<std::optional<Time>> next_due(db::Session& session, std::span<const std::string> kinds);
/// Takes the job that has been due longest for `owner` until `until`. A job that was taken kMostAttempts times without an end is failed
/// instead. While a job runs no other of its kind and subject is taken.
Result<std::optional<Taken>> take(db::Session& session, std::span<const std::string> kinds, std::string_view owner, Time now, Time until);

/// The rest answers whether the lease still held; when it did not, nothing was changed.
Result<bool> renew(db::Session& session, std::string_view id, const Lease& lease, Time until);
Result<bool> record_progress(db::Session& session, std::string_view id, const Lease& lease, double fraction, std::string_view doing);
Result<bool> finish_done(db::Session& session, std::string_view id, const Lease& lease, Time now);
Result<bool> finish_failed(db::Session& session, std::string_view id, const Lease& lease, Time now, std::string_view error);
/// Lets the job wait until `run_at`. If a newer job of the same kind and subject waits already, that one does the work and this one ends
/// as failed. With `counted` false the attempt is taken back.
Result<bool> put_back(db::Session& session, std::string_view id, const Lease& lease, Time now, Time run_at, std::string_view error, bool counted);

/// What `owner` held when it ended without giving it back.
Result<std::vector<Taken>> held_by(db::Session& session, std::string_view owner);

/// How long a job waits after its `attempts`th attempt failed: 10 s, 1 min, 5 min, 30 min, then hourly.
[[nodiscard]] Duration pause_after(int attempts) noexcept;

}  // namespace carillon::jobs
