#pragma once
// The SQL of the runner. Every function runs within its caller's transaction; those that change a running job only do so for the holder of
// its lease.

#include "jobs/jobs.hpp"

#include <limits>
#include <span>

namespace carillon::jobs {

/// The lease of a running job: its owner and number.
struct Lease {
  std::string owner;
  std::int64_t number = 0;
};

struct Taken {
  Job job;  ///< its current state: running, with this attempt counted
  Lease lease;
};

/// When `owner` can lease the next job of these kinds: when it is due, or another lease expires. None: nothing to wait for.
Result<std::optional<Time>> next_due(db::Session& session, std::span<const std::string> kinds, std::string_view owner);
/// Which jobs a thread may run.
struct Turns {
  std::size_t most_of_share = std::numeric_limits<std::size_t>::max();  ///< none of a share that has this many running jobs of these kinds
  bool only_of_shares = false;                                          ///< none of the machine's own
};
/// Leases a job to `owner` until `until`: the longest due one of the share whose turn it is (jobs.hpp). A job that was leased kMaxAttempts
/// times without finishing fails instead. While a job is running, no other one of its kind and subject starts.
Result<std::optional<Taken>> take(db::Session& session, std::span<const std::string> kinds, std::string_view owner, Time now, Time until,
                                  Turns turns = {});

/// These return whether the lease was still held; if not, nothing was changed.
Result<bool> renew(db::Session& session, std::string_view id, const Lease& lease, Time until);
Result<bool> record_progress(db::Session& session, std::string_view id, const Lease& lease, double fraction, std::string_view doing);
Result<bool> finish_done(db::Session& session, std::string_view id, const Lease& lease, Time now);
Result<bool> finish_failed(db::Session& session, std::string_view id, const Lease& lease, Time now, std::string_view error);
/// Makes the job wait until `run_at`. If a newer job of the same kind and subject is already waiting, this one fails, as the newer one does
/// the work. If `counted` is false, the attempt doesn't count.
Result<bool> put_back(db::Session& session, std::string_view id, const Lease& lease, Time now, Time run_at, std::string_view error,
                      bool counted);

/// The jobs that a starting owner still holds: from other lives of the same node or, if it isn't a node's life, under the same name.
Result<std::vector<Taken>> held_before(db::Session& session, std::string_view owner);

}  // namespace carillon::jobs
