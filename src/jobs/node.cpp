// See node.hpp.

#include "jobs/node.hpp"

#include "base/log.hpp"
#include "base/mutex.hpp"
#include "jobs/node_queries.hpp"

#include <algorithm>
#include <map>
#include <thread>

namespace carillon::jobs {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kLongestName = 64;
/// How often a process that wants the name of another one looks for that one's beat.
constexpr std::chrono::milliseconds kLookForBeat{250};
/// After the database failed.
constexpr std::chrono::milliseconds kRestAfterTrouble{1'000};
/// After another process was writing to it.
constexpr std::chrono::milliseconds kRestIfBusy{250};

std::string life_of(const std::string& name, std::int64_t generation) { return name + "/" + std::to_string(generation); }

std::string_view name_in(std::string_view life) noexcept { return life.substr(0, life.find('/')); }

}  // namespace

bool is_node_name(std::string_view name) noexcept {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= kLongestName && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || c == '-' || c == '.'; });
}

bool is_other_life_of_same_node(std::string_view life, std::string_view mine) noexcept {
  return life.contains('/') && mine.contains('/') && name_in(life) == name_in(mine) && life != mine;
}

struct Node::Impl {
  Impl(db::Database& database_, const Clock& clock_, NodeSettings settings_)
      : database{database_}, clock{clock_}, settings{std::move(settings_)} {}

  struct Task {
    bool held = false;
    steady_clock::time_point look_at;  ///< not held: when it is looked at next
  };
  /// The last beat of another life, and since when it has been that.
  struct Seen {
    std::int64_t beat = 0;
    steady_clock::time_point since;
  };

  db::Database& database;
  const Clock& clock;
  const NodeSettings settings;
  std::int64_t generation = 0;
  std::string life;
  std::function<void()> lost = [] {};
  std::map<std::string, Seen, std::less<>> others;  ///< by life; of the beat's thread alone

  Mutex mutex;
  Condition changed;
  std::map<std::string, Task, std::less<>> tasks GUARDED_BY(mutex);
  /// Before the last beat that was written. Others may note that this life has ended `dead_after` later at the earliest.
  steady_clock::time_point beaten GUARDED_BY(mutex);
  bool over GUARDED_BY(mutex) = false;  ///< stopped, or another process has the name
  bool stopping GUARDED_BY(mutex) = false;
  std::thread thread;

  Result<> claim_name();
  Result<bool> someone_beats(const queries::NodeRow& row);
  bool mine(const std::string& task);
  /// Some time before others may take what it has, a life that can't beat does nothing any more.
  [[nodiscard]] bool lapses(steady_clock::time_point now) const REQUIRES(mutex) { return now - beaten > settings.dead_after * 2 / 3; }
  /// False when another process has the name.
  Result<bool> beat_now();
  void judge_nobody_before(steady_clock::time_point time);
  void beat_on();
};

/// Whether the process that has the name goes on. Blocks for as long as it may be silent.
Result<bool> Node::Impl::someone_beats(const queries::NodeRow& row) {
  log::warning("another process has registered this node's name; waiting to see if it is still running",
               {{"node", settings.name},
                {"place", row.place},
                {"for_at_most_seconds", std::chrono::ceil<std::chrono::seconds>(settings.dead_after).count()}});
  const auto until = steady_clock::now() + settings.dead_after;
  while (steady_clock::now() < until) {
    std::this_thread::sleep_for(std::min<steady_clock::duration>(kLookForBeat, settings.dead_after));
    const auto now = database.read_now(
        [&](db::Session& session) -> Result<std::optional<queries::NodeRow>> { return queries::node(session, settings.name); });
    if (!now) return std::unexpected(now.error());
    if (!*now || (*now)->ended) return false;
    if ((*now)->life != row.life || (*now)->beat != row.beat) return true;
  }
  return false;
}

Result<> Node::Impl::claim_name() {
  const auto before = database.read_now(
      [&](db::Session& session) -> Result<std::optional<queries::NodeRow>> { return queries::node(session, settings.name); });
  if (!before) return std::unexpected(before.error());
  if (!settings.alone && *before && !(*before)->ended && (*before)->place != settings.place) {
    const auto beats = someone_beats(**before);
    if (!beats) return std::unexpected(beats.error());
    if (*beats)
      return fail(ErrorKind::conflict,
                  "Another running Carillon server is using the node name “" + settings.name + "” (" + (*before)->place +
                      "). Choose another name for this node: set “node” under [server].",
                  "server.node");
  }
  const auto from = steady_clock::now();
  const auto begun = database.write_now([&](db::Session& session) -> Result<std::int64_t> {
    const auto row = queries::node(session, settings.name);
    const auto next = row ? row->generation + 1 : 1;
    queries::put_life(session,
                      {.name = settings.name,
                       .generation = next,
                       .life = life_of(settings.name, next),
                       .place = settings.place,
                       .beat = row ? row->beat + 1 : 1},
                      clock.now());
    if (settings.alone) queries::end_other_lives(session, life_of(settings.name, next), clock.now());
    database.note_change({.kind = std::string(kNodeChange), .subject = settings.name});
    return next;
  });
  if (!begun) return std::unexpected(begun.error());
  generation = *begun;
  life = life_of(settings.name, generation);
  const Lock lock{mutex};
  beaten = from;
  return {};
}

bool Node::Impl::mine(const std::string& task) {
  {
    const auto now = steady_clock::now();
    const Lock lock{mutex};
    if (over || settings.alone) return !over;
    if (lapses(now)) return false;
    auto& one = tasks[task];
    if (one.held) return true;
    if (now < one.look_at) return false;
    one.look_at = now + settings.beat_every;
  }
  // Looking is cheap and holds nobody up; only what is free is worth the writer.
  const auto free = database.read_now([&](db::Session& session) -> Result<bool> { return queries::turn_is_free(session, task); });
  if (!free || !*free) return false;
  const auto taken = database.try_write_now([&](db::Session& session) -> Result<bool> { return queries::take_turn(session, task, life); });
  if (!taken) {
    if (taken.error().kind != ErrorKind::unavailable)
      log::error("a task could not be claimed", {{"task", task}, {"reason", taken.error().message}});
    const Lock lock{mutex};
    tasks[task].look_at = {};
    return false;
  }
  if (!*taken) return false;
  log::info("task claimed", {{"task", task}, {"node", life}});
  const Lock lock{mutex};
  tasks[task].held = true;
  return true;
}

/// Whatever was not seen until then says nothing of the others.
void Node::Impl::judge_nobody_before(steady_clock::time_point time) {
  for (auto& [life_, seen] : others) seen.since = std::max(seen.since, time);
}

Result<bool> Node::Impl::beat_now() {
  const auto from = steady_clock::now();
  const bool was_away = [&] {
    const Lock lock{mutex};
    return lapses(from);
  }();
  if (was_away) judge_nobody_before(from);
  std::vector<queries::NodeRow> silent;
  struct Beat {
    bool mine = false;
    std::vector<std::string> turns;
    std::vector<queries::NodeRow> others;
  };
  for (const auto& [other, seen] : others) {
    if (from - seen.since >= settings.dead_after) silent.push_back({.name = {}, .life = other, .place = {}, .beat = seen.beat});
  }
  const auto beaten_now = database.try_write_now([&](db::Session& session) -> Result<Beat> {
    Beat beat;
    beat.mine = queries::beat(session, life, clock.now());
    if (!beat.mine) return beat;
    for (const auto& one : silent) {
      queries::end_life(session, one.life, one.beat, clock.now());
      database.note_change({.kind = std::string(kNodeChange), .subject = one.life});
    }
    beat.turns = queries::turns_of(session, life);
    beat.others = queries::living_others(session, settings.name);
    return beat;
  });
  if (!beaten_now) return std::unexpected(beaten_now.error());
  for (const auto& one : silent) log::warning("a node stopped responding; its tasks and leases were released", {{"life", one.life}});
  std::map<std::string, Seen, std::less<>> now_seen;
  for (const auto& other : beaten_now->others) {
    const auto known = others.find(other.life);
    const bool same = known != others.end() && known->second.beat == other.beat;
    now_seen[other.life] = same ? known->second : Seen{other.beat, steady_clock::now()};
  }
  others = std::move(now_seen);
  const Lock lock{mutex};
  if (!beaten_now->mine) {
    over = true;
    return false;
  }
  beaten = from;
  // What others took meanwhile, because this life seemed to have ended, is theirs.
  for (auto& [task, one] : tasks) {
    one.held = std::ranges::find(beaten_now->turns, task) != beaten_now->turns.end();
    if (!silent.empty()) one.look_at = {};
  }
  return true;
}

void Node::Impl::beat_on() {
  Lock lock{mutex};
  auto pause = settings.beat_every;
  bool lapsed = false;
  while (!changed.wait_for(lock, pause, [this] {
    mutex.is_held();
    return stopping;
  })) {
    lock.unlock();
    const auto beaten_on = beat_now();
    if (beaten_on && !*beaten_on) {
      log::error("another process is using this node's name; stopping", {{"node", life}});
      lost();
      return;
    }
    pause = settings.beat_every;
    if (!beaten_on) {
      const bool is_busy = beaten_on.error().kind == ErrorKind::unavailable;
      if (!is_busy) log::error("this node's heartbeat could not be written", {{"reason", beaten_on.error().message}});
      pause = std::min(is_busy ? kRestIfBusy : kRestAfterTrouble, settings.beat_every);
    }
    lock.lock();
    if (const bool lapses_now = lapses(steady_clock::now()); lapses_now != std::exchange(lapsed, lapses_now)) {
      if (lapses_now)
        log::warning("this node can't write to the database; other nodes take over its tasks", {{"node", life}});
      else
        log::info("this node can write to the database again", {{"node", life}});
    }
  }
}

Node::Node(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Node::~Node() { stop(); }

Result<std::unique_ptr<Node>> Node::begin(db::Database& database, const Clock& clock, NodeSettings settings) {
  if (!is_node_name(settings.name))
    return fail(ErrorKind::invalid,
                "“" + settings.name + "” isn't a valid node name: use lowercase letters, digits, hyphens and dots, at most " +
                    std::to_string(kLongestName) + " characters, starting with a letter or digit.",
                "server.node");
  auto impl = std::make_unique<Impl>(database, clock, std::move(settings));
  if (auto claimed = impl->claim_name(); !claimed) return forward_error(claimed);
  return std::unique_ptr<Node>{new Node{std::move(impl)}};
}

const std::string& Node::name() const noexcept { return impl_->settings.name; }
std::int64_t Node::generation() const noexcept { return impl_->generation; }
const std::string& Node::life() const noexcept { return impl_->life; }

Turn Node::turn(std::string task) {
  return Turn{[impl = impl_.get(), task = std::move(task)] { return impl->mine(task); }};
}

void Node::look_again() {
  const Lock lock{impl_->mutex};
  for (auto& [task, one] : impl_->tasks) one.look_at = {};
}

void Node::on_lost(std::function<void()> lost) { impl_->lost = std::move(lost); }

void Node::start() {
  if (impl_->settings.alone) return;
  impl_->thread = std::thread{[this] { impl_->beat_on(); }};
}

void Node::stop() {
  {
    const Lock lock{impl_->mutex};
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  if (impl_->thread.joinable()) impl_->thread.join();
  {
    const Lock lock{impl_->mutex};
    if (std::exchange(impl_->over, true)) return;
  }
  const auto ended = impl_->database.write_now([this](db::Session& session) -> Result<> {
    queries::give_turns_back(session, impl_->life);
    queries::end_life(session, impl_->life, {}, impl_->clock.now());
    impl_->database.note_change({.kind = std::string(kNodeChange), .subject = impl_->life});
    return {};
  });
  if (!ended)
    log::warning("this node's shutdown could not be recorded; other nodes will wait until its heartbeat times out",
                 {{"reason", ended.error().message}});
}

}  // namespace carillon::jobs
