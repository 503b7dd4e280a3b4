// See jobs_queries.hpp, and the free functions of jobs.hpp.

#include "jobs/jobs_queries.hpp"

#include "base/id.hpp"
#include "jobs/node.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <array>

namespace carillon::jobs {
namespace {

constexpr std::string_view kColumns =
    "SELECT id, kind, subject, network, payload, state, attempts, run_at, progress, doing, error, created, finished, lease_owner, "
    "lease_number FROM "
    "jobs ";
constexpr std::string_view kById = "WHERE id = :id";
constexpr std::string_view kRunning = "WHERE state = 'running' ORDER BY id";
constexpr std::string_view kNewestOf = "WHERE network = :network ORDER BY created DESC, id DESC LIMIT :most";
constexpr std::string_view kNewest = "ORDER BY created DESC, id DESC LIMIT :most";

// The waiting job keeps its id: whoever watches it goes on watching the right one.
constexpr const char* kEnqueue =
    "INSERT INTO jobs (id, kind, subject, network, payload, state, run_at, created, share) VALUES (:id, :kind, :subject, :network, "
    ":payload, 'waiting', :run_at, :created, :share) "
    "ON CONFLICT (kind, subject) WHERE state = 'waiting' DO UPDATE SET payload = excluded.payload, run_at = excluded.run_at, attempts = 0, "
    "error = '', network = excluded.network, share = excluded.share";
constexpr const char* kUnfinished =
    "SELECT id FROM jobs WHERE kind = :kind AND subject = :subject AND state IN ('waiting', 'running') LIMIT 1";
constexpr const char* kWaiting = "SELECT id FROM jobs WHERE kind = :kind AND subject = :subject AND state = 'waiting'";
constexpr const char* kNewer =
    "SELECT COUNT(*) FROM jobs WHERE kind = :kind AND subject = :subject AND (created > :created OR (created = :same AND id > :id))";
constexpr const char* kCount =
    "SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END), COUNT(CASE WHEN state = 'running' THEN 1 END), "
    "COUNT(CASE WHEN state = 'failed' THEN 1 END) FROM jobs";
constexpr const char* kRetry =
    "UPDATE jobs SET state = 'waiting', attempts = 0, run_at = :now, error = '', progress = 0, doing = '', finished = NULL WHERE id = :id "
    "AND state = 'failed'";

// A running job is free when its holder's life has ended. While that goes on it never is: where the lease seems to be over, it's the clocks
// that differ. A holder that is no node is judged by the lease alone.
constexpr const char* kSharesDue =
    "SELECT DISTINCT share FROM jobs WHERE kind = :kind AND state = 'waiting' AND run_at <= :due "
    "UNION SELECT share FROM jobs WHERE kind = :over_kind AND state = 'running' AND lease_owner <> :owner "
    "AND NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.life = jobs.lease_owner AND nodes.ended = 0) "
    "AND (lease_until <= :over OR EXISTS (SELECT 1 FROM nodes WHERE nodes.life = jobs.lease_owner))";
constexpr const char* kRunningOfShare =
    "SELECT COUNT(*) FROM jobs WHERE kind = :kind AND state = 'running' AND share = :share AND lease_until > :over "
    "AND NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.life = jobs.lease_owner AND nodes.ended <> 0)";
// Of a job that waits again, after it failed for now, is not known when it ended.
constexpr const char* kUsedByShare =
    "SELECT COALESCE(SUM(CASE WHEN state = 'running' THEN :now - taken WHEN finished IS NOT NULL AND finished > taken THEN finished - "
    "taken "
    "ELSE 0 END), 0), COALESCE(MAX(taken), 0) FROM jobs WHERE share = :share AND taken > :since";
constexpr const char* kFirstDue =
    "SELECT id, run_at FROM jobs WHERE kind = :kind AND share = :share AND ((state = 'waiting' AND run_at <= :due) OR (state = 'running' "
    "AND lease_owner <> :owner "
    "AND NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.life = jobs.lease_owner AND nodes.ended = 0) "
    "AND (lease_until <= :over OR EXISTS (SELECT 1 FROM nodes WHERE nodes.life = jobs.lease_owner)))) "
    "AND NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.kind = jobs.kind AND other.state = 'running' AND other.subject = jobs.subject "
    "AND other.id <> jobs.id) "
    "ORDER BY run_at, id LIMIT 1";
constexpr const char* kNextWaiting =
    "SELECT MIN(run_at) FROM jobs WHERE kind = :kind AND state = 'waiting' "
    "AND NOT EXISTS (SELECT 1 FROM jobs AS other WHERE other.kind = jobs.kind AND other.state = 'running' AND other.subject = "
    "jobs.subject)";
constexpr const char* kNextOver =
    "SELECT MIN(CASE WHEN EXISTS (SELECT 1 FROM nodes WHERE nodes.life = jobs.lease_owner) THEN 0 ELSE lease_until END) "
    "FROM jobs WHERE kind = :kind AND state = 'running' AND lease_owner <> :owner "
    "AND NOT EXISTS (SELECT 1 FROM nodes WHERE nodes.life = jobs.lease_owner AND nodes.ended = 0)";
constexpr const char* kTake =
    "UPDATE jobs SET state = 'running', attempts = attempts + 1, progress = 0, doing = '', lease_owner = :owner, lease_until = :until, "
    "lease_number = lease_number + 1, taken = :now "
    "WHERE id = :id";
constexpr const char* kGiveUp = "UPDATE jobs SET state = 'failed', finished = :now, error = :error, doing = '' WHERE id = :id";

// Of a running job only the holder of its lease changes anything.
constexpr const char* kRenew =
    "UPDATE jobs SET lease_until = :until WHERE id = :id AND state = 'running' AND lease_owner = :owner AND lease_number = :number";
constexpr const char* kProgress =
    "UPDATE jobs SET progress = :progress, doing = :doing WHERE id = :id AND state = 'running' AND lease_owner = :owner AND lease_number = "
    ":number";
constexpr const char* kDone =
    "UPDATE jobs SET state = 'done', progress = 1, doing = '', error = '', finished = :now WHERE id = :id AND state = 'running' AND "
    "lease_owner = :owner AND lease_number = :number";
constexpr const char* kFailed =
    "UPDATE jobs SET state = 'failed', doing = '', error = :error, finished = :now WHERE id = :id AND state = 'running' AND lease_owner = "
    ":owner AND lease_number = :number";
constexpr const char* kPutBack =
    "UPDATE jobs SET state = 'waiting', progress = 0, doing = '', error = :error, run_at = :run_at, attempts = attempts - :uncounted "
    "WHERE id = :id AND state = 'running' AND lease_owner = :owner AND lease_number = :number";

// The end of a wait that the wrong clock set; see base/set_back.hpp.
constexpr const char* kShortenWaits =
    "UPDATE jobs SET run_at = CASE WHEN run_at > :was THEN run_at - :by ELSE :now END WHERE state = 'waiting' AND run_at > :later AND "
    "(kind <> :by_date OR error <> '')";
constexpr const char* kShortenLeases = "UPDATE jobs SET lease_until = :until WHERE state = 'running' AND lease_until > :later";
constexpr const char* kCreatedByNow = "UPDATE jobs SET created = :now WHERE created > :later";
constexpr const char* kFinishedByNow = "UPDATE jobs SET finished = :now WHERE finished > :later";

/// The rows that `condition` selects, `uses` bound to its parameters in their order.
template <class... Use>
std::vector<Taken> rows(db::Session& session, std::string_view condition, Use... uses) {
  Taken row;
  std::string state;
  long long run_at = 0, created = 0, finished = 0, number = 0;
  soci::indicator has_finished = soci::i_null;
  auto& job = row.job;
  soci::statement statement =
      (((session.prepare << kColumns << condition), soci::into(job.id), soci::into(job.kind), soci::into(job.subject),
        soci::into(job.network), soci::into(job.payload), soci::into(state), soci::into(job.attempts), soci::into(run_at),
        soci::into(job.progress), soci::into(job.doing), soci::into(job.error), soci::into(created), soci::into(finished, has_finished),
        soci::into(row.lease.owner), soci::into(number)),
       ..., uses);
  statement.execute();
  std::vector<Taken> found;
  while (statement.fetch()) {
    for (const auto known : {State::waiting, State::running, State::done, State::failed}) {
      if (name_of(known) == state) job.state = known;
    }
    job.run_at = from_microseconds(run_at);
    job.created = from_microseconds(created);
    job.finished = has_finished == soci::i_ok ? std::optional{from_microseconds(finished)} : std::nullopt;
    row.lease.number = number;
    found.push_back(row);
  }
  return found;
}

std::optional<Taken> by_id(db::Session& session, const std::string& id) {
  auto found = rows(session, kById, soci::use(id));
  if (found.empty()) return {};
  return std::move(found.front());
}

std::optional<std::string> waiting(db::Session& session, const std::string& kind, const std::string& subject) {
  std::string id;
  session << kWaiting, soci::use(kind), soci::use(subject), soci::into(id);
  if (!session.got_data()) return {};
  return id;
}

/// Runs an UPDATE; whether it met a row.
template <class... Use>
bool met(db::Session& session, const char* sql, Use... uses) {
  soci::statement statement = ((session.prepare << sql), ..., uses);
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

}  // namespace

std::string_view name_of(State state) noexcept {
  switch (state) {
    case State::waiting:
      return "waiting";
    case State::running:
      return "running";
    case State::done:
      return "done";
    case State::failed:
      return "failed";
  }
  return "failed";
}

Result<std::string> enqueue(db::Session& session, const Clock& clock, Random& random, const NewJob& job) {
  const std::string id = new_id(clock, random), kind(job.kind), subject(job.subject), network(job.network.network), payload(job.payload),
                    share(job.share);
  const long long created = to_microseconds(clock.now());
  const long long due = job.run_at ? to_microseconds(*job.run_at) : created;
  session << kEnqueue, soci::use(id), soci::use(kind), soci::use(subject), soci::use(network), soci::use(payload), soci::use(due),
      soci::use(created), soci::use(share);
  return waiting(session, kind, subject).value();
}

Result<std::optional<Job>> find(db::Session& session, std::string_view id) {
  auto found = by_id(session, std::string(id));
  if (!found) return std::nullopt;
  return std::move(found->job);
}

Result<std::optional<Job>> find_waiting(db::Session& session, std::string_view kind, std::string_view subject) {
  const auto id = waiting(session, std::string(kind), std::string(subject));
  if (!id) return std::nullopt;
  return find(session, *id);
}

Result<std::optional<Job>> find_unfinished(db::Session& session, std::string_view kind, std::string_view subject) {
  const std::string wanted_kind(kind), wanted_subject(subject);
  std::string id;
  session << kUnfinished, soci::use(wanted_kind), soci::use(wanted_subject), soci::into(id);
  if (!session.got_data()) return std::nullopt;
  return find(session, id);
}

Result<bool> has_newer(db::Session& session, const Job& job) {
  const long long created = to_microseconds(job.created);
  long long newer = 0;
  session << kNewer, soci::use(job.kind), soci::use(job.subject), soci::use(created), soci::use(created), soci::use(job.id),
      soci::into(newer);
  return newer > 0;
}

Result<std::vector<Job>> list(db::Session& session, std::size_t limit, const std::optional<std::string>& network) {
  const auto most = static_cast<long long>(limit);
  std::vector<Job> jobs;
  for (auto& row : network ? rows(session, kNewestOf, soci::use(*network), soci::use(most)) : rows(session, kNewest, soci::use(most)))
    jobs.push_back(std::move(row.job));
  return jobs;
}

Result<Counts> count(db::Session& session) {
  long long waiting = 0, running = 0, failed = 0;
  session << kCount, soci::into(waiting), soci::into(running), soci::into(failed);
  return Counts{.waiting = waiting, .running = running, .failed = failed};
}

Result<> retry(db::Session& session, const Clock& clock, std::string_view id) {
  const std::string id_text(id);
  const auto found = by_id(session, id_text);
  if (!found) return fail(ErrorKind::not_found, "There is no job with the ID “" + id_text + "”.");
  const auto& job = found->job;
  if (job.state != State::failed)
    return fail(ErrorKind::conflict,
                "The job " + id_text + " is " + std::string(name_of(job.state)) + "; only failed jobs can be retried.");
  if (const auto newer = waiting(session, job.kind, job.subject))
    return fail(ErrorKind::conflict, "The job " + id_text + " doesn't need to be retried: the newer job " + *newer + " will do the same.");
  const long long now = to_microseconds(clock.now());
  session << kRetry, soci::use(now), soci::use(id_text);
  return {};
}

Result<std::optional<Time>> next_due(db::Session& session, std::span<const std::string> kinds, std::string_view owner) {
  const std::string owner_text(owner);
  std::optional<Time> next;
  const auto consider = [&](soci::indicator found, long long microseconds) {
    if (found == soci::i_ok && (!next || from_microseconds(microseconds) < *next)) next = from_microseconds(microseconds);
  };
  for (const auto& kind : kinds) {
    long long due = 0;
    soci::indicator found = soci::i_null;
    session << kNextWaiting, soci::use(kind), soci::into(due, found);
    consider(found, due);
    session << kNextOver, soci::use(kind), soci::use(owner_text), soci::into(due, found);
    consider(found, due);
  }
  return next;
}

namespace {

/// A share that has something due. The smallest has the next turn.
struct Turn {
  long long running = 0;  ///< jobs of these kinds
  long long used = 0;     ///< time of the runners within kShareWindow
  long long taken = 0;    ///< when it had its last turn within that
  std::string share;
  auto operator<=>(const Turn&) const = default;
};

std::vector<std::string> shares_due(db::Session& session, std::span<const std::string> kinds, const std::string& owner, long long now) {
  std::vector<std::string> shares;
  for (const auto& kind : kinds) {
    std::string share;
    soci::statement statement = (session.prepare << kSharesDue, soci::use(kind), soci::use(now), soci::use(kind), soci::use(owner),
                                 soci::use(now), soci::into(share));
    statement.execute();
    while (statement.fetch()) {
      if (std::ranges::find(shares, share) == shares.end()) shares.push_back(share);
    }
  }
  return shares;
}

/// In the order of their turns.
std::vector<Turn> turns_due(db::Session& session, std::span<const std::string> kinds, const std::string& owner, long long now) {
  const long long since = now - std::chrono::microseconds{kShareWindow}.count();
  std::vector<Turn> turns;
  auto shares = shares_due(session, kinds, owner, now);
  for (auto& share : shares) {
    Turn turn{.share = std::move(share)};
    // The machine's own are few, and nobody's share: they go first.
    if (turn.share.empty()) {
      turns.push_back(std::move(turn));
      continue;
    }
    for (const auto& kind : kinds) {
      long long running = 0;
      session << kRunningOfShare, soci::use(kind), soci::use(turn.share), soci::use(now), soci::into(running);
      turn.running += running;
    }
    session << kUsedByShare, soci::use(now), soci::use(turn.share), soci::use(since), soci::into(turn.used), soci::into(turn.taken);
    turns.push_back(std::move(turn));
  }
  std::ranges::sort(turns);
  return turns;
}

/// Of `share`, the job that has been due longest.
std::optional<std::string> first_due(db::Session& session, std::span<const std::string> kinds, const std::string& share,
                                     const std::string& owner, long long now) {
  std::optional<std::pair<long long, std::string>> first;
  for (const auto& kind : kinds) {
    std::pair<long long, std::string> candidate;
    session << kFirstDue, soci::use(kind), soci::use(share), soci::use(now), soci::use(owner), soci::use(now), soci::into(candidate.second),
        soci::into(candidate.first);
    if (session.got_data() && (!first || candidate < *first)) first = std::move(candidate);
  }
  return first ? std::optional{std::move(first->second)} : std::nullopt;
}

}  // namespace

Result<std::optional<Taken>> take(db::Session& session, std::span<const std::string> kinds, std::string_view owner, Time now, Time until,
                                  Turns turns) {
  const std::string owner_text(owner);
  const long long now_count = to_microseconds(now);
  const long long until_count = to_microseconds(until);
  for (const auto& turn : turns_due(session, kinds, owner_text, now_count)) {
    if (turn.share.empty() ? turns.only_of_shares : static_cast<std::size_t>(turn.running) >= turns.most_of_share) continue;
    while (const auto id = first_due(session, kinds, turn.share, owner_text, now_count)) {
      if (const auto found = by_id(session, *id); found->job.attempts >= kMaxAttempts) {
        // Its handler never came back, however often: it may be what ends the server.
        const std::string error = "The server stopped " + std::to_string(found->job.attempts) +
                                  " times while this job was running; the job won't be restarted automatically.";
        session << kGiveUp, soci::use(now_count), soci::use(error), soci::use(*id);
        continue;
      }
      session << kTake, soci::use(owner_text), soci::use(until_count), soci::use(now_count), soci::use(*id);
      return by_id(session, *id);
    }
  }
  return std::nullopt;
}

Result<bool> renew(db::Session& session, std::string_view id, const Lease& lease, Time until) {
  const std::string id_text(id);
  const long long until_count = to_microseconds(until), number = lease.number;
  return met(session, kRenew, soci::use(until_count), soci::use(id_text), soci::use(lease.owner), soci::use(number));
}

Result<bool> record_progress(db::Session& session, std::string_view id, const Lease& lease, double fraction, std::string_view doing) {
  const std::string id_text(id), doing_text(doing);
  const long long number = lease.number;
  return met(session, kProgress, soci::use(fraction), soci::use(doing_text), soci::use(id_text), soci::use(lease.owner), soci::use(number));
}

Result<bool> finish_done(db::Session& session, std::string_view id, const Lease& lease, Time now) {
  const std::string id_text(id);
  const long long now_count = to_microseconds(now), number = lease.number;
  return met(session, kDone, soci::use(now_count), soci::use(id_text), soci::use(lease.owner), soci::use(number));
}

Result<bool> finish_failed(db::Session& session, std::string_view id, const Lease& lease, Time now, std::string_view error) {
  const std::string id_text(id), error_text(error);
  const long long now_count = to_microseconds(now), number = lease.number;
  return met(session, kFailed, soci::use(error_text), soci::use(now_count), soci::use(id_text), soci::use(lease.owner), soci::use(number));
}

Result<bool> put_back(db::Session& session, std::string_view id, const Lease& lease, Time now, Time run_at, std::string_view error,
                      bool counted) {
  const std::string id_text(id);
  const auto found = by_id(session, id_text);
  if (!found) return false;
  if (const auto newer = waiting(session, found->job.kind, found->job.subject)) {
    const std::string reason =
        (error.empty() ? std::string() : std::string(error) + " ") + "The newer job " + *newer + " will do the same.";
    return finish_failed(session, id, lease, now, reason);
  }
  const std::string error_text(error);
  const long long run_count = to_microseconds(run_at), number = lease.number;
  const int uncounted = counted ? 0 : 1;
  return met(session, kPutBack, soci::use(error_text), soci::use(run_count), soci::use(uncounted), soci::use(id_text),
             soci::use(lease.owner), soci::use(number));
}

void clock_set_back(db::Session& session, const SetBack& jump, std::string_view by_date) {
  const std::string kept(by_date);
  const long long was = to_microseconds(jump.was), by = jump.by().count(), now = to_microseconds(jump.now),
                  until = to_microseconds(jump.now + kLease);
  session << kShortenWaits, soci::use(was), soci::use(by), soci::use(now), soci::use(now), soci::use(kept);
  session << kShortenLeases, soci::use(until), soci::use(until);
  session << kCreatedByNow, soci::use(now), soci::use(now);
  session << kFinishedByNow, soci::use(now), soci::use(now);
}

Result<std::vector<Taken>> held_before(db::Session& session, std::string_view owner) {
  auto running = rows(session, kRunning);
  // What this life has taken already is another runner's, of the same node. An owner without lives is the same after a restart.
  const bool has_lives = owner.contains('/');
  std::erase_if(running, [&](const Taken& one) {
    return has_lives ? !is_other_life_of_same_node(one.lease.owner, owner) : one.lease.owner != owner;
  });
  return running;
}

}  // namespace carillon::jobs
