#pragma once
// What must happen is a job with a lease in the database: crash anywhere, it goes on; run it twice, nothing doubles.

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
  std::string subject;  ///< what it is about (an episode's id)
  std::string network;  ///< whose it is: who may see it and hear of it; "" for the machine's own
  std::string payload;  ///< JSON of the kind's own
  State state = State::waiting;
  int attempts = 0;
  Time run_at;
  double progress = 0;  ///< 0–1
  std::string doing;    ///< what happens now, for people
  std::string error;    ///< why the last attempt failed
  Time created;
  std::optional<Time> finished;
};

/// How a handler tells how far it is. Any thread.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void report(double fraction, std::string_view doing) = 0;
  /// True when the server is stopping: end soon with `unavailable`; the job starts again later, the attempt does not count.
  [[nodiscard]] virtual bool stopping() const = 0;
};

/// Runs on a worker thread and may block. `invalid`, `not_found`, `refused`, `conflict`, `too_large` fail the job for good; every other
/// error is tried again with growing pauses (10 s, 1 min, 5 min, 30 min, then hourly; after kMaxAttempts it stays failed).
using Handler = std::function<Result<>(const Job&, Progress&)>;

/// What a kind needs of the runner.
enum class Pace {
  patient,  ///< may take long, as encoding does; shares the runner's threads
  prompt,   ///< due to the second and done in a moment: on a thread that no patient job holds up; when it fails for now it is tried again
            ///< every kPromptPause, and never given up
};

/// The kind of the changes (db/change.hpp) of what on_change tells; the subject is the job's id.
inline constexpr std::string_view kJobChange = "job";

/// Called within the transaction in which somebody has a failed job tried again, before it waits. Its error refuses that.
using BeforeRetry = std::function<Result<>(db::Session&, const Job&)>;

inline constexpr std::chrono::seconds kPromptPause{5};
inline constexpr int kMaxAttempts = 12;
inline constexpr std::chrono::seconds kLease{60};

/// How far back the time counts that a share has had of the runners.
inline constexpr std::chrono::hours kShareWindow{1};

/// The slug of a network, or "" for the machine. There is no default, so that nobody enqueues a job without saying whose it is.
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
  std::optional<Time> run_at{};  ///< none: at once
  /// Whose turn it takes (a network's), "" for nobody's. The share with the fewest jobs running, then the least running time within
  /// kShareWindow, has the next turn: no share keeps another one waiting for longer than one job takes.
  std::string_view share{};
};
/// Adds a job within the caller's transaction and answers its id. A job of the same kind and subject that still waits is replaced instead
/// of doubled.
Result<std::string> enqueue(db::Session& session, const Clock& clock, Random& random, const NewJob& job);
Result<std::optional<Job>> find(db::Session& session, std::string_view id);
/// The one of this kind and subject that waits, if there is one.
Result<std::optional<Job>> find_waiting(db::Session& session, std::string_view kind, std::string_view subject);
/// Whether a job of the same kind and subject was enqueued after this one.
Result<bool> has_newer(db::Session& session, const Job& job);
/// The newest first, at most `limit`; of one network, or of all with the machine's own.
Result<std::vector<Job>> list(db::Session& session, std::size_t limit, const std::optional<std::string>& network = {});
/// How many there are in each state that somebody may have to look at; those that wait for a later time are among the waiting.
struct Counts {
  std::int64_t waiting = 0, running = 0, failed = 0;
};
Result<Counts> count(db::Session& session);
/// Makes a failed job wait again, at once. Runners::retry() does that, and what the job's kind needs for it.
Result<> retry(db::Session& session, const Clock& clock, std::string_view id);

/// Takes due jobs under a lease and runs their handlers on its own threads: `threads` for patient kinds, one more for those of a share that
/// has none running (one share's long jobs cannot hold every thread), and one for prompt kinds. Leases are renewed while a handler runs and
/// can be taken over when they ran out.
class Runner {
 public:
  /// `node`: the life of the node (node.hpp) under which leases are held.
  Runner(db::Database& database, const Clock& clock, std::string node, std::size_t threads);
  ~Runner();                                                                  ///< stops
  void handle(std::string kind, Handler handler, Pace pace = Pace::patient);  ///< before start()
  void before_retry(std::string kind, BeforeRetry prepare);                   ///< of a kind that it handles; before start()
  /// `changed` hears the id of a job that was taken, told how far it is, or ended, after that was written. Any thread; must not block.
  /// Before start().
  void on_change(std::function<void(const std::string& id)> changed);
  void start();  ///< frees the leases earlier lives of this same node held, nobody else's, then works
  void stop();   ///< tells handlers to stop, waits for them, frees their leases
  void wake();   ///< a job may be due now; any thread

 private:
  friend class Runners;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// All runners of a program. Each has kinds of jobs of its own; who has a job tried again need not know which.
class Runners {
 public:
  Runners(db::Database& database, const Clock& clock, std::vector<Runner*> runners);

  /// Makes a failed job wait again, and wakes the runner of its kind once that is committed. `not_found`, or `conflict` with the reason why
  /// it cannot or need not be tried again. Within the caller's transaction.
  Result<Job> retry(db::Session& session, std::string_view id);

 private:
  db::Database& database_;
  const Clock& clock_;
  std::vector<Runner*> runners_;
};

/// The clock was set back: pauses end as much sooner, and no lease is longer than it can be. Jobs of the kind `by_date` that have not
/// failed wait for a date that somebody chose and keep it.
void clock_set_back(db::Session& session, const SetBack& jump, std::string_view by_date);

}  // namespace carillon::jobs
