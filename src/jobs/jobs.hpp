#pragma once
// Jobs with leases in the database, for work that must be done: they continue after a crash, and can safely run twice.

#include "base/random.hpp"
#include "base/set_back.hpp"
#include "base/time.hpp"
#include "db/database.hpp"

#include <atomic>
#include <concepts>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace carillon::jobs {

namespace asio = boost::asio;

enum class State { waiting, running, done, failed };
[[nodiscard]] std::string_view name_of(State state) noexcept;

struct Job {
  std::string id;
  std::string kind;     ///< "ingest", "sweep", …
  std::string subject;  ///< the object of the job (e.g. an episode's ID)
  std::string network;  ///< the network that can see it and gets its events; "" for the machine's own
  std::string payload;  ///< JSON specific to the kind
  State state = State::waiting;
  int attempts = 0;
  Time run_at;
  double progress = 0;  ///< 0–1
  std::string doing;    ///< the current step, for people
  std::string error;    ///< why the last attempt failed
  Time created;
  std::optional<Time> finished;
};

/// How a handler reports progress. Any thread.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void report(double fraction, std::string_view doing) = 0;
  /// True if the server is stopping: return `unavailable` soon; the job starts again later, and the attempt doesn't count.
  [[nodiscard]] virtual bool stopping() const = 0;
};

/// Runs on a worker thread and may block. `invalid`, `not_found`, `refused`, `conflict`, `too_large` fail the job permanently; after any
/// other error, it is retried with growing pauses (10 s, 1 min, 5 min, 30 min, then hourly; after kMaxAttempts it stays failed).
using Handler = std::function<Result<>(const Job&, Progress&)>;

/// How the runner treats a kind.
enum class Pace {
  patient,  ///< may take long, e.g. encoding; shares the runner's threads
  prompt,   ///< due at an exact time and quickly done: on a thread that patient jobs don't delay; after a temporary failure it is retried
            ///< every kPromptPause, without limit
};

/// The kind of the changes (db/change.hpp) of jobs; the subject is the job's ID.
inline constexpr std::string_view kJobChange = "job";

/// Called in the transaction that retries a failed job, before it waits. Its error prevents the retry.
using BeforeRetry = std::function<Result<>(db::Session&, const Job&)>;

inline constexpr std::chrono::seconds kPromptPause{5};
inline constexpr int kMaxAttempts = 12;
inline constexpr std::chrono::seconds kLease{60};

/// The period in which a share's use of the runners counts.
inline constexpr std::chrono::hours kShareWindow{1};

/// The slug of a network, or "" for the machine. There is no default, so that every job gets an explicit owner.
struct JobOwner {
  template <std::convertible_to<std::string_view> Text>
  JobOwner(const Text& text) : network{text} {}
  std::string_view network;
};
struct NewJob {
  std::string_view kind;
  std::string_view subject;
  JobOwner network;  ///< as Job has it
  std::string_view payload = "{}";
  std::optional<Time> run_at{};  ///< none: immediately
  /// The share whose turn it uses (a network's), "" for none. The share with the fewest running jobs, then the least running time within
  /// kShareWindow, has the next turn, so that no share delays another one by more than one job.
  std::string_view share{};
};
/// Adds a job in the caller's transaction and returns its ID. A waiting job of the same kind and subject is replaced.
Result<std::string> enqueue(db::Session& session, const Clock& clock, Random& random, const NewJob& job);
Result<std::optional<Job>> find(db::Session& session, std::string_view id);
/// The waiting job of this kind and subject, if there is one.
Result<std::optional<Job>> find_waiting(db::Session& session, std::string_view kind, std::string_view subject);
/// The job of this kind and subject that waits or runs, if there is one.
Result<std::optional<Job>> find_unfinished(db::Session& session, std::string_view kind, std::string_view subject);
/// Whether a job of the same kind and subject was enqueued after this one.
Result<bool> has_newer(db::Session& session, const Job& job);
/// Newest first, at most `limit`; of one network, or of all including the machine's own.
Result<std::vector<Job>> list(db::Session& session, std::size_t limit, const std::optional<std::string>& network = {});
/// The number of jobs in each unfinished state; waiting ones include those scheduled for later.
struct Counts {
  std::int64_t waiting = 0, running = 0, failed = 0;
};
Result<Counts> count(db::Session& session);
/// Makes a failed job due again. Runners::retry() does this and what the job's kind needs for it.
Result<> retry(db::Session& session, const Clock& clock, std::string_view id);

/// Leases due jobs and runs their handlers on its own threads: `threads` for patient kinds, one more for shares without a running job (so
/// that one share's long jobs can't use every thread), and one for prompt kinds. Leases are renewed while a handler runs and can be taken
/// over after they expire.
class Runner {
 public:
  /// `node` is the life of the node (node.hpp) that holds the leases.
  Runner(db::Database& database, const Clock& clock, std::string node, std::size_t threads);
  ~Runner();                                                                  ///< stops
  void handle(std::string kind, Handler handler, Pace pace = Pace::patient);  ///< before start()
  void before_retry(std::string kind, BeforeRetry prepare);                   ///< for a kind that it handles; before start()
  /// Calls `changed` with the ID of a job that started, progressed or ended, after that was stored. Any thread; must not block.
  /// Before start().
  void on_change(std::function<void(const std::string& id)> changed);
  void start();  ///< releases the leases of earlier lives of this node only, then starts working
  void stop();   ///< stops handlers, waits for them, releases their leases
  void wake();   ///< a job may be due now; any thread

 private:
  friend class Runners;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// All runners of a program. Each handles different kinds; callers that retry a job needn't know which.
class Runners {
 public:
  Runners(db::Database& database, const Clock& clock, std::vector<Runner*> runners);

  /// Makes a failed job due again, and wakes the runner of its kind once that is committed. `not_found`, or `conflict` with the reason why
  /// it can't or needn't be retried. In the caller's transaction.
  Result<Job> retry(db::Session& session, std::string_view id);

 private:
  db::Database& database_;
  const Clock& clock_;
  std::vector<Runner*> runners_;
};

/// Corrects times after the clock was set back: shortens pauses and limits leases. Jobs of the kind `by_date` that haven't failed wait for
/// a date chosen by a person and keep it.
void clock_set_back(db::Session& session, const SetBack& jump, std::string_view by_date);

}  // namespace carillon::jobs
