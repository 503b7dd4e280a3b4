#pragma once
// What the runner asks of the table of jobs. Every function runs within its caller's transaction; those that change a running job do it
// only for whoever holds its lease.

#include "jobs/jobs.hpp"

#include <limits>
#include <span>

namespace carillon::jobs {

/// Who runs a job, and by which take of it.
struct Lease {
  std::string owner;
  std::int64_t number = 0;
};

struct Taken {
  Job job;  ///< as it is now: running, this attempt counted
  Lease lease;
};

/// When `owner` can take the next job of these kinds: it is due, or somebody else's lease on it runs out. None: nothing to wait for.
Result<std::optional<Time>> next_due(db::Session& session, std::span<const std::string> kinds, std::string_view owner);
/// Which jobs a thread takes.
struct Turns {
  std::size_t most_of_share = std::numeric_limits<std::size_t>::max();  ///< none of a share that has so many of these kinds running
  bool only_of_shares = false;                                          ///< none of the machine's own
};
/// Takes a job for `owner` until `until`: of the share whose turn it is (jobs.hpp) the one that has been due longest. A job that was taken
/// kMaxAttempts times without coming to an end is failed instead. While a job runs no other of its kind and subject is taken.
Result<std::optional<Taken>> take(db::Session& session, std::span<const std::string> kinds, std::string_view owner, Time now, Time until,
                                  Turns turns = {});

/// These answer whether the lease was still held; when it was not, nothing was changed.
Result<bool> renew(db::Session& session, std::string_view id, const Lease& lease, Time until);
Result<bool> record_progress(db::Session& session, std::string_view id, const Lease& lease, double fraction, std::string_view doing);
Result<bool> finish_done(db::Session& session, std::string_view id, const Lease& lease, Time now);
Result<bool> finish_failed(db::Session& session, std::string_view id, const Lease& lease, Time now, std::string_view error);
/// Lets the job wait until `run_at`. If a newer job of the same kind and subject waits already, that one does the work and this one ends
/// as failed. With `counted` false the attempt is taken back.
Result<bool> put_back(db::Session& session, std::string_view id, const Lease& lease, Time now, Time run_at, std::string_view error,
                      bool counted);

/// What an owner that begins holds from before: in other lives of the same node, or, where it is no life, under the same name.
Result<std::vector<Taken>> held_before(db::Session& session, std::string_view owner);

}  // namespace carillon::jobs
