// Takes due jobs and runs their handlers; one more thread renews the leases and writes the progress. See jobs.hpp.

#include "base/log.hpp"
#include "base/mutex.hpp"
#include "base/text.hpp"
#include "jobs/jobs_queries.hpp"

#include <algorithm>
#include <array>
#include <thread>

namespace carillon::jobs {
namespace {

using std::chrono::steady_clock;

/// Before the second, third … attempt; the last one repeats.
constexpr std::array<std::chrono::seconds, 5> kPauses{std::chrono::seconds{10}, std::chrono::minutes{1}, std::chrono::minutes{5},
                                                      std::chrono::minutes{30}, std::chrono::hours{1}};
/// However far the next due job is, look again after this: another node may have added one, and clocks are set.
constexpr std::chrono::seconds kLongestNap{5};
/// A lease is renewed when this much of it has passed.
constexpr std::chrono::seconds kRenewAfter = kLease / 3;
/// After the database failed to renew leases or to write progress.
constexpr std::chrono::seconds kTendAgain{1};
constexpr std::chrono::milliseconds kBetweenProgress{250};
constexpr std::size_t kLongestDoing = 200;

Duration pause_after(int attempts) {
  return kPauses[std::min<std::size_t>(static_cast<std::size_t>(std::max(attempts, 1)) - 1, kPauses.size() - 1)];
}

bool is_final(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid:
    case ErrorKind::not_found:
    case ErrorKind::refused:
    case ErrorKind::conflict:
    case ErrorKind::too_large:
      return true;
    case ErrorKind::no_space:
    case ErrorKind::unavailable:
    case ErrorKind::corrupt:
    case ErrorKind::internal:
      return false;
  }
  return false;
}

}  // namespace

struct Runner::Impl {
  Impl(db::Database& database_, const Clock& clock_, std::string node_, std::size_t threads_)
      : database{database_}, clock{clock_}, node{std::move(node_)}, thread_count{threads_} {}

  /// A job that runs here.
  struct Active final : Progress {
    Active(Impl& runner_, std::string id_, Lease lease_, Time until_)
        : runner{runner_}, id{std::move(id_)}, lease{std::move(lease_)}, until{until_} {}
    void report(double fraction_, std::string_view doing_) override;
    [[nodiscard]] bool stopping() const override { return runner.stopping || lost; }

    Impl& runner;
    const std::string id;
    const Lease lease;
    Time until GUARDED_BY(runner.mutex);
    std::atomic<bool> lost = false;  ///< somebody else took the job over
    double fraction GUARDED_BY(runner.mutex) = 0;
    std::string doing GUARDED_BY(runner.mutex);
    bool unwritten GUARDED_BY(runner.mutex) = false;
    steady_clock::time_point written GUARDED_BY(runner.mutex);
  };

  db::Database& database;
  const Clock& clock;
  const std::string node;
  const std::size_t thread_count;
  struct Handling {
    Handler handler;
    Pace pace = Pace::patient;
    BeforeRetry before_retry{};
  };
  std::unordered_map<std::string, Handling> handlers;
  std::function<void(const std::string&)> changed = [](const std::string&) {};
  std::vector<std::string> patient, prompt;  ///< kinds

  Mutex mutex;
  Condition due;   ///< for the workers
  Condition tend;  ///< for the thread that renews and writes
  std::uint64_t wakes GUARDED_BY(mutex) = 0;
  bool tending GUARDED_BY(mutex) = false;
  std::vector<std::shared_ptr<Active>> active GUARDED_BY(mutex);
  std::atomic<bool> stopping = false;
  std::vector<std::thread> workers;
  std::thread tender;

  /// Within a write: other nodes tell their listeners, too.
  void note(const std::string& id) { database.note_change({.kind = std::string(kJobChange), .subject = id}); }
  void free_earlier_life();
  void work(const std::vector<std::string>& kinds, Turns turns);
  std::optional<Taken> take_next(const std::vector<std::string>& kinds, Turns turns, std::chrono::nanoseconds& nap);
  void run(const Taken& taken);
  Result<> handle(const Job& job, Progress& progress);
  void conclude(const Job& job, const Active& running, const Result<>& outcome);
  void keep_tending();
};

void Runner::Impl::Active::report(double fraction_, std::string_view doing_) {
  {
    const Lock lock{runner.mutex};
    fraction = fraction_ > 0 ? std::min(fraction_, 1.0) : 0;  // not a number is no progress
    doing = cut_to(doing_, kLongestDoing);
    unwritten = true;
  }
  runner.tend.notify_one();
}

void Runner::Impl::free_earlier_life() {
  const auto freed = database.write_now([this](db::Session& session) -> Result<std::size_t> {
    const auto held = held_before(session, node);
    if (!held) return std::unexpected(held.error());
    // The attempt counts: perhaps it was this job that ended the server.
    for (const auto& [job, lease] : *held) {
      if (auto back = put_back(session, job.id, lease, clock.now(), job.run_at, job.error, true); !back) return forward_error(back);
      note(job.id);
    }
    return held->size();
  });
  if (!freed)
    log::error("jobs from an earlier run could not be released; they restart when their leases expire",
               {{"reason", freed.error().message}});
  else if (*freed > 0)
    log::info("jobs from an earlier run are restarting", {{"jobs", *freed}});
}

std::optional<Taken> Runner::Impl::take_next(const std::vector<std::string>& kinds, Turns turns, std::chrono::nanoseconds& nap) {
  nap = kLongestNap;
  // Looking is cheap and holds nobody up; only what is due is worth the writer.
  const auto next = database.read_now([&](db::Session& session) { return next_due(session, kinds, node); });
  if (!next) {
    log::error("due jobs could not be read", {{"reason", next.error().message}});
    return {};
  }
  if (!*next) return {};
  const auto now = clock.now();
  if (**next > now) {
    nap = std::min<std::chrono::nanoseconds>(kLongestNap, std::min<Duration>(**next - now, kLongestNap));
    return {};
  }
  auto taken = database.write_now([&](db::Session& session) {
    auto next_job = take(session, kinds, node, now, now + kLease, turns);
    if (next_job && *next_job) note((*next_job)->job.id);
    return next_job;
  });
  if (!taken) {
    log::error("the lease on a job could not be acquired", {{"reason", taken.error().message}});
    return {};
  }
  return std::move(*taken);
}

void Runner::Impl::work(const std::vector<std::string>& kinds, Turns turns) {
  while (!stopping) {
    std::uint64_t seen = 0;
    {
      const Lock lock{mutex};
      seen = wakes;
    }
    std::chrono::nanoseconds nap{};
    if (const auto taken = take_next(kinds, turns, nap)) {
      run(*taken);
      continue;
    }
    Lock lock{mutex};
    due.wait_for(lock, nap, [&] {
      mutex.is_held();
      return stopping || wakes != seen;
    });
  }
}

Result<> Runner::Impl::handle(const Job& job, Progress& progress) {
  try {
    return handlers.at(job.kind).handler(job, progress);
  } catch (const std::exception& error) {
    return std::unexpected(Error{.kind = ErrorKind::internal,
                                 .message = "The job " + job.kind + " failed unexpectedly: " + error.what(),
                                 .field = {},
                                 .internals = true});
  }
}

void Runner::Impl::run(const Taken& taken) {
  const auto running = std::make_shared<Active>(*this, taken.job.id, taken.lease, clock.now() + kLease);
  {
    const Lock lock{mutex};
    active.push_back(running);
  }
  tend.notify_one();
  changed(taken.job.id);
  const auto outcome = handle(taken.job, *running);
  conclude(taken.job, *running, outcome);
  {
    const Lock lock{mutex};
    std::erase(active, running);
    ++wakes;
  }
  due.notify_all();  // its share may have a job waiting that was held back by this one
}

void Runner::Impl::conclude(const Job& job, const Active& running, const Result<>& outcome) {
  const bool interrupted = stopping;
  const bool prompt_kind = handlers.at(job.kind).pace == Pace::prompt;
  if (!outcome && !interrupted)
    log::warning(
        "job failed",
        {{"kind", job.kind}, {"subject", job.subject}, {"job", job.id}, {"attempt", job.attempts}, {"reason", outcome.error().message}});
  while (!running.lost) {
    const auto now = clock.now();
    const auto written = database.write_now([&](db::Session& session) -> Result<bool> {
      note(job.id);
      if (outcome) return finish_done(session, job.id, running.lease, now);
      const auto& error = outcome.error();
      const auto reason = public_message(error);  // publishers read it; the log has the rest
      if (is_final(error.kind)) return finish_failed(session, job.id, running.lease, now, reason);
      if (interrupted) return put_back(session, job.id, running.lease, now, job.run_at, job.error, false);
      // Not counted: what is due to the second goes on until it is done, however long a disk stays full.
      if (prompt_kind) return put_back(session, job.id, running.lease, now, now + kPromptPause, reason, false);
      if (job.attempts >= kMaxAttempts) return finish_failed(session, job.id, running.lease, now, reason);
      return put_back(session, job.id, running.lease, now, now + pause_after(job.attempts), reason, true);
    });
    if (written && *written) return changed(job.id);
    if (written) break;
    log::error("the result of a job could not be stored", {{"kind", job.kind}, {"job", job.id}, {"reason", written.error().message}});
    // Kept until it can be: a job that is forgotten here would be done once more.
    Lock lock{mutex};
    if (due.wait_for(lock, kLongestNap, [this] { return stopping.load(); })) return;
  }
  log::warning("another node took over a job while it was running here", {{"kind", job.kind}, {"job", job.id}});
}

void Runner::Impl::keep_tending() {
  auto not_before = steady_clock::now();
  Lock lock{mutex};
  while (tending) {
    struct Step {
      std::shared_ptr<Active> of;
      std::optional<Time> until;
      std::optional<std::pair<double, std::string>> progress;
      bool held = true;
    };
    std::vector<Step> steps;
    const auto now = clock.now();
    const auto passed = steady_clock::now();
    std::chrono::nanoseconds nap = kRenewAfter;
    for (const auto& running : active) {
      running->runner.mutex.is_held();  // it is the one that is locked here
      if (running->lost) continue;
      Step step{running, {}, {}};
      // The clock was set back: a lease is never longer than kLease, whatever was written.
      const auto renew_in = running->until > now + kLease ? Duration{} : running->until - (kLease - kRenewAfter) - now;
      if (renew_in <= Duration{})
        step.until = now + kLease;
      else
        nap = std::min<std::chrono::nanoseconds>(nap, std::min<Duration>(renew_in, kRenewAfter));
      if (running->unwritten) {
        const auto write_in = running->written + kBetweenProgress - passed;
        if (write_in <= write_in.zero())
          step.progress = {running->fraction, running->doing};
        else
          nap = std::min<std::chrono::nanoseconds>(nap, write_in);
      }
      if (step.until || step.progress) steps.push_back(std::move(step));
    }
    if (steps.empty() || passed < not_before) {
      if (!steps.empty()) nap = std::min<std::chrono::nanoseconds>(nap, not_before - passed);
      tend.wait_for(lock, nap);
      continue;
    }
    for (const auto& step : steps) {
      if (!step.progress) continue;
      step.of->runner.mutex.is_held();
      step.of->unwritten = false;
      step.of->written = passed;
    }
    lock.unlock();
    const auto written = database.write_now([&](db::Session& session) -> Result<> {
      for (auto& step : steps) {
        if (step.until) {
          const auto held = renew(session, step.of->id, step.of->lease, *step.until);
          if (!held) return std::unexpected(held.error());
          step.held = *held;
        }
        if (step.progress) {
          if (auto noted = record_progress(session, step.of->id, step.of->lease, step.progress->first, step.progress->second); !noted)
            return forward_error(noted);
          note(step.of->id);
        }
      }
      return {};
    });
    if (!written) log::warning("job leases and progress could not be saved", {{"reason", written.error().message}});
    if (written) {
      for (const auto& step : steps) {
        if (step.progress) changed(step.of->id);
      }
    }
    lock.lock();
    if (!written) {
      not_before = steady_clock::now() + kTendAgain;
      continue;
    }
    for (const auto& step : steps) {
      step.of->runner.mutex.is_held();
      if (!step.held)
        step.of->lost = true;
      else if (step.until)
        step.of->until = *step.until;
    }
  }
}

Runner::Runner(db::Database& database, const Clock& clock, std::string node, std::size_t threads)
    : impl_{std::make_unique<Impl>(database, clock, std::move(node), threads)} {}

Runner::~Runner() { stop(); }

void Runner::handle(std::string kind, Handler handler, Pace pace) { impl_->handlers[std::move(kind)] = {std::move(handler), pace}; }

void Runner::before_retry(std::string kind, BeforeRetry prepare) { impl_->handlers.at(kind).before_retry = std::move(prepare); }

void Runner::on_change(std::function<void(const std::string& id)> changed) { impl_->changed = std::move(changed); }

void Runner::start() {
  impl_->patient.clear();
  impl_->prompt.clear();
  for (const auto& [kind, handling] : impl_->handlers) (handling.pace == Pace::prompt ? impl_->prompt : impl_->patient).push_back(kind);
  impl_->free_earlier_life();
  impl_->stopping = false;
  {
    const Lock lock{impl_->mutex};
    impl_->tending = true;
  }
  impl_->tender = std::thread{[this] { impl_->keep_tending(); }};
  for (std::size_t i = 0; i < impl_->thread_count; ++i)
    impl_->workers.emplace_back([this] { impl_->work(impl_->patient, {.most_of_share = impl_->thread_count}); });
  impl_->workers.emplace_back([this] { impl_->work(impl_->patient, {.most_of_share = 1, .only_of_shares = true}); });
  if (!impl_->prompt.empty()) impl_->workers.emplace_back([this] { impl_->work(impl_->prompt, {}); });
}

void Runner::stop() {
  if (!impl_->tender.joinable()) return;
  {
    const Lock lock{impl_->mutex};
    impl_->stopping = true;
  }
  impl_->due.notify_all();
  for (auto& worker : impl_->workers) worker.join();
  impl_->workers.clear();
  // The leases are renewed until the last handler has ended.
  {
    const Lock lock{impl_->mutex};
    impl_->tending = false;
  }
  impl_->tend.notify_all();
  impl_->tender.join();
}

void Runner::wake() {
  {
    const Lock lock{impl_->mutex};
    ++impl_->wakes;
  }
  impl_->due.notify_all();
  impl_->tend.notify_all();
}

Runners::Runners(db::Database& database, const Clock& clock, std::vector<Runner*> runners)
    : database_{database}, clock_{clock}, runners_{std::move(runners)} {}

Result<Job> Runners::retry(db::Session& session, std::string_view id) {
  const auto failed = find(session, id);
  if (!failed) return std::unexpected(failed.error());
  if (*failed && (*failed)->state == State::failed) {
    for (auto* runner : runners_) {
      const auto handling = runner->impl_->handlers.find((*failed)->kind);
      if (handling == runner->impl_->handlers.end()) continue;
      if (const auto& prepare = handling->second.before_retry) {
        if (auto prepared = prepare(session, **failed); !prepared) return forward_error(prepared);
      }
      database_.after_commit([runner] { runner->wake(); });
    }
  }
  if (auto waits = jobs::retry(session, clock_, id); !waits) return forward_error(waits);
  auto job = find(session, id);
  if (!job) return std::unexpected(job.error());
  return std::move(job->value());
}

}  // namespace carillon::jobs
