// See database.hpp. One thread with one session writes, a few read; each takes work from the queue of its role.

#include "db/database.hpp"

#include "base/file.hpp"
#include "base/log.hpp"
#include "base/mutex.hpp"
#include "db/change_queries.hpp"
#include "db/change_signal.hpp"
#include "net/asio.hpp"

#include <fcntl.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace carillon::db {
namespace {

using namespace sqlite_api;  // where SOCI puts the header of SQLite

constexpr int kReaders = 2;
constexpr int kBusyMilliseconds = 10'000;
constexpr std::chrono::milliseconds kBusyPause{10};

using Work = std::function<Result<>(Session&)>;
using Task = std::function<void(Session&)>;

sqlite3* native(Session& session) { return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_; }

/// What SOCI says without the values of the statement's parameters: there are secrets and addresses among them.
std::string words_of(const std::exception& error) {
  const std::string_view said = error.what();
  return std::string(said.substr(0, said.find(" with :")));
}

bool is_damage(int result) { return (result & 0xFF) == SQLITE_CORRUPT || (result & 0xFF) == SQLITE_NOTADB; }

std::unexpected<Error> damaged(const std::string& reason) {
  return fail(ErrorKind::corrupt, "The database is damaged (" + reason +
                                      "). Stop the server and restore the newest backup into a new folder: carillon restore BACKUP --data "
                                      "NEW-FOLDER.");
}

bool is_busy(const std::exception& error) {
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  return sqlite != nullptr && (sqlite->result() & 0xFF) == SQLITE_BUSY;
}

std::unexpected<Error> busy() { return fail(ErrorKind::unavailable, "The database is busy: nothing was changed. Try again in a moment."); }

/// For whoever asked, in plain words; the database's own go to the log.
std::unexpected<Error> failed(const std::exception& error) {
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  const int code = sqlite ? sqlite->result() : 0;
  log::error("the database reported an error", {{"event", "database.failed"}, {"code", code}, {"reason", words_of(error)}});
  if (is_damage(code)) return damaged(sqlite3_errstr(code));
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return fail(ErrorKind::no_space, "The disk is full: nothing was changed. Free some space and try again.");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return busy();
    default:
      return fail(ErrorKind::internal, "Database error: nothing was changed. See the server's log for the reason.");
  }
}

/// Several statements at once, which SOCI's own `<<` does not run.
Result<> run_script(Session& session, const std::string& sql) {
  char* message = nullptr;
  const int result = sqlite3_exec(native(session), sql.c_str(), nullptr, nullptr, &message);
  if (result == SQLITE_OK) return {};
  const std::string text = message ? message : "no reason given";
  sqlite3_free(message);
  if (is_damage(result)) return damaged(text);
  return fail((result & 0xFF) == SQLITE_FULL ? ErrorKind::no_space : ErrorKind::internal, "Database error: " + text);
}

/// Two processes that open a new database both want to change its mode; SQLite refuses one of them at once, whatever the busy timeout.
Result<> use_wal(Session& session) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{kBusyMilliseconds};
  while (true) {
    const int result = sqlite3_exec(native(session), "PRAGMA journal_mode=WAL", nullptr, nullptr, nullptr);
    if ((result & 0xFF) != SQLITE_BUSY || std::chrono::steady_clock::now() > until) break;
    std::this_thread::sleep_for(kBusyPause);
  }
  return run_script(session, "PRAGMA journal_mode=WAL;");
}

void roll_back(Session& session) noexcept {
  // SQLite may have rolled back by itself (a full disk); then there is nothing to do.
  if (sqlite3_get_autocommit(native(session)) == 0) sqlite3_exec(native(session), "ROLLBACK", nullptr, nullptr, nullptr);
}

/// How a transaction ends that has a value.
enum class End { commit, roll_back };

/// Whether a database that another process is writing to is worth a line in the log.
enum class IfBusy { log, be_silent };

/// `work` in one transaction: committed when it has a value, else rolled back.
Result<> in_transaction(Session& session, bool writing, const Work& work, End end = End::commit, IfBusy if_busy = IfBusy::log) {
  try {
    // SOCI's own begin() is deferred: a read that turns into a write would then fail at once as locked.
    session << (writing ? "BEGIN IMMEDIATE" : "BEGIN");
    auto result = work(session);
    if (!result || end == End::roll_back) {
      roll_back(session);
      return result;
    }
    session << "COMMIT";
    return {};
  } catch (const std::exception& error) {
    roll_back(session);
    if (if_busy == IfBusy::be_silent && is_busy(error)) return busy();
    return failed(error);
  }
}

/// While it lives, the session doesn't wait for other processes.
class Impatience {
 public:
  explicit Impatience(Session& session) : connection_{native(session)} { sqlite3_busy_timeout(connection_, 0); }
  ~Impatience() { sqlite3_busy_timeout(connection_, kBusyMilliseconds); }
  Impatience(const Impatience&) = delete;
  Impatience& operator=(const Impatience&) = delete;

 private:
  sqlite3* connection_;
};

/// Whether every write runs twice, so that tests find what must not.
bool rehearses_writes() {
  const char* said = std::getenv("CARILLON_REHEARSE_WRITES");
  return said != nullptr && std::string_view{said} == "1";
}

struct CloseConnection {
  void operator()(sqlite3* connection) const noexcept { sqlite3_close(connection); }
};
using Connection = std::unique_ptr<sqlite3, CloseConnection>;

/// Null when the file can't be opened.
Connection connect(const std::string& path, int flags) {
  sqlite3* raw = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Connection connection{raw};
  if (result != SQLITE_OK) connection.reset();
  if (connection) sqlite3_busy_timeout(connection.get(), kBusyMilliseconds);
  return connection;
}

/// `corrupt` with the first thing that is wrong.
Result<> check_integrity(sqlite3* connection) {
  std::string finding;
  const auto take = [](void* into, int columns, char** values, char**) {
    auto& first = *static_cast<std::string*>(into);
    if (columns > 0 && values[0] != nullptr && first.empty()) first = values[0];
    return 0;
  };
  char* message = nullptr;
  const int result = sqlite3_exec(connection, "PRAGMA integrity_check(1)", take, &finding, &message);
  const std::string text = message ? message : "no reason given";
  sqlite3_free(message);
  if (is_damage(result)) return damaged(text);
  if (result != SQLITE_OK) return fail(ErrorKind::unavailable, "The database could not be checked: " + text + ".");
  std::ranges::replace(finding, '\n', ' ');
  if (finding != "ok") return damaged(finding);
  return {};
}

/// The queue of one role and the threads that work it off.
class Workers {
 public:
  ~Workers() { stop(); }

  Result<> start(const std::string& file, int count) {
    for (int i = 0; i < count; ++i) {
      auto session = std::make_unique<Session>();
      try {
        session->open(soci::sqlite3, "db=\"" + file + "\" timeout=10");
      } catch (const std::exception& error) {
        return fail(ErrorKind::unavailable, "could not open the database " + file + ": " + error.what());
      }
      if (auto wal = use_wal(*session); !wal) return wal;
      const auto prepared = run_script(
          *session, "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=" + std::to_string(kBusyMilliseconds) + ";");
      if (!prepared) return prepared;
      threads_.emplace_back([this, owned = std::move(session)] { work_off(*owned); });
    }
    return {};
  }

  void add(Task task) {
    {
      const Lock lock{mutex_};
      tasks_.push_back(std::move(task));
    }
    changed_.notify_one();
  }

  void stop() {
    {
      const Lock lock{mutex_};
      stopping_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  void work_off(Session& session) {
    while (true) {
      Task task;
      {
        Lock lock{mutex_};
        changed_.wait(lock, [this] {
          mutex_.is_held();
          return stopping_ || !tasks_.empty();
        });
        if (tasks_.empty()) return;  // what was handed in is finished first
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      task(session);
    }
  }

  Mutex mutex_;
  Condition changed_;
  std::deque<Task> tasks_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

Result<> migrate(Session& session, std::span<const Migration> migrations) {
  if (auto made = run_script(
          session,
          "CREATE TABLE IF NOT EXISTS schema_migrations (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied INTEGER NOT NULL)");
      !made)
    return made;
  const auto highest = [](Session& inside) {
    int number = 0;
    inside << "SELECT COALESCE(MAX(number), 0) FROM schema_migrations", soci::into(number);
    return number;
  };
  const int applied = highest(session);
  const int known = migrations.empty() ? 0 : migrations.back().number;
  if (applied > known)
    return fail(ErrorKind::conflict, "The data is from a newer version of Carillon (schema " + std::to_string(applied) +
                                         ", this version supports " + std::to_string(known) +
                                         "); start that version, or restore a backup made with this one.");
  for (const auto& migration : migrations) {
    if (migration.number <= applied) continue;
    bool mine = false;
    const auto done = in_transaction(session, true, [&](Session& inside) -> Result<> {
      // Another process may have opened the same database at this moment.
      mine = highest(inside) < migration.number;
      if (!mine) return {};
      if (auto ran = run_script(inside, std::string(migration.sql)); !ran) return ran;
      const std::string name(migration.name);
      const auto now = to_microseconds(SystemClock{}.now());
      inside << "INSERT INTO schema_migrations (number, name, applied) VALUES (:number, :name, :applied)", soci::use(migration.number),
          soci::use(name), soci::use(now);
      return {};
    });
    if (!done)
      return fail(done.error().kind, "Schema migration " + std::to_string(migration.number) + " (" + std::string(migration.name) +
                                         ") failed: " + done.error().message);
    if (mine) log::info("schema migration applied", {{"number", migration.number}, {"name", migration.name}});
  }
  return {};
}

}  // namespace

struct Database::Impl {
  std::string file;
  std::string origin;  ///< of what note_change() says; "": nothing is written
  std::optional<ChangeSignaller> signaller;
  const bool rehearses = rehearses_writes();
  std::vector<std::function<void()>> after_commit;  ///< of the transaction under way; the writer's thread alone
  std::vector<Change> changes;                      ///< likewise
  Workers writer;
  Workers readers;

  Workers& role(Mode mode) { return mode == Mode::read ? readers : writer; }

  Result<> transact(Session& session, Mode mode, const Work& work) {
    if (mode == Mode::read) return in_transaction(session, false, work);
    std::optional<Impatience> impatience;
    if (mode == Mode::write_if_free) impatience.emplace(session);
    const auto if_busy = impatience ? IfBusy::be_silent : IfBusy::log;
    // Each run notes anew what is to be told of it.
    const auto run = [&](Session& inside) -> Result<> {
      after_commit.clear();
      changes.clear();
      auto result = work(inside);
      if (result && !origin.empty() && !changes.empty()) queries::append_changes(inside, origin, changes, SystemClock{}.now());
      return result;
    };
    if (rehearses) {
      const auto rehearsed = in_transaction(session, true, run, End::roll_back, if_busy);
      if (!rehearsed && rehearsed.error().kind == ErrorKind::unavailable) return rehearsed;  // a busy database is waited for once
    }
    auto result = in_transaction(session, true, run, End::commit, if_busy);
    const auto then = std::exchange(after_commit, {});
    const bool reported = !origin.empty() && !changes.empty();
    if (result) {
      if (reported) signaller->signal();
      for (const auto& call : then) call();
    }
    return result;
  }
};

Database::Database(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(const std::filesystem::path& file, std::span<const Migration> migrations) {
  auto impl = std::make_unique<Impl>();
  impl->file = file.string();
  if (impl->file.contains('"')) return fail(ErrorKind::invalid, "the path of the database, " + impl->file + ", must not contain a quote");
  if (auto started = impl->writer.start(impl->file, 1); !started) return forward_error(started);
  std::unique_ptr<Database> database{new Database(std::move(impl))};

  Result<> migrated;
  std::mutex mutex;
  std::condition_variable done;
  bool finished = false;
  database->impl_->writer.add([&](Session& session) {
    try {
      migrated = migrate(session, migrations);
    } catch (const std::exception& error) { migrated = failed(error); }
    const std::lock_guard lock{mutex};
    finished = true;
    done.notify_one();
  });
  {
    std::unique_lock lock{mutex};
    done.wait(lock, [&] { return finished; });
  }
  if (!migrated) return forward_error(migrated);
  if (auto started = database->impl_->readers.start(file.string(), kReaders); !started) return forward_error(started);
  return database;
}

asio::awaitable<Result<>> Database::run(Mode mode, Work work) {
  // The handler owns the coroutine: while it lies in the queue, everything `work` refers to in that coroutine lives.
  const auto initiate = [this, mode, &work](auto handler) {
    auto executor = asio::get_associated_executor(handler);
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    impl_->role(mode).add([impl = impl_.get(), mode, work = std::move(work), shared = std::move(shared), executor,
                           alive = asio::make_work_guard(executor)](Session& session) mutable {
      auto result = impl->transact(session, mode, work);
      asio::post(executor, [shared = std::move(shared), result = std::move(result)]() mutable { std::move (*shared)(std::move(result)); });
    });
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(Result<>)>(initiate, asio::use_awaitable);
}

Result<> Database::run_now(Mode mode, Work work) {
  std::mutex mutex;
  std::condition_variable done;
  std::optional<Result<>> result;
  impl_->role(mode).add([&](Session& session) {
    auto outcome = impl_->transact(session, mode, work);
    const std::lock_guard lock{mutex};
    result = std::move(outcome);
    done.notify_one();
  });
  std::unique_lock lock{mutex};
  done.wait(lock, [&] { return result.has_value(); });
  return std::move(*result);
}

void Database::after_commit(std::function<void()> then) { impl_->after_commit.push_back(std::move(then)); }

void Database::note_change(Change change) {
  auto& noted = impl_->changes;
  if (std::ranges::find(noted, change) == noted.end()) noted.push_back(std::move(change));
}

void Database::report_changes_as(std::string origin) {
  impl_->origin = std::move(origin);
  impl_->signaller.emplace(impl_->file);
}

const std::string& Database::origin() const noexcept { return impl_->origin; }

std::filesystem::path Database::file() const { return impl_->file; }

Result<> Database::check(const std::filesystem::path& file) {
  // Not read-only: a database in WAL mode that nobody has open needs its shared memory made.
  const auto connection = connect(file.string(), SQLITE_OPEN_READWRITE);
  if (!connection) return fail(ErrorKind::unavailable, "The database " + file.string() + " can't be opened.");
  return check_integrity(connection.get());
}

Result<int> Database::schema_number(const std::filesystem::path& file) {
  const auto connection = connect(file.string(), SQLITE_OPEN_READWRITE);
  if (!connection) return fail(ErrorKind::unavailable, "The database " + file.string() + " can't be opened.");
  int number = 0;
  const auto take = [](void* into, int, char** values, char**) {
    if (values[0] != nullptr) *static_cast<int*>(into) = std::atoi(values[0]);
    return 0;
  };
  // Without its table nothing was applied yet.
  const int result = sqlite3_exec(connection.get(), "SELECT MAX(number) FROM schema_migrations", take, &number, nullptr);
  if (is_damage(result)) return damaged(sqlite3_errstr(result));
  if (result != SQLITE_OK && result != SQLITE_ERROR)
    return fail(ErrorKind::unavailable, "The database " + file.string() + " can't be read: " + sqlite3_errstr(result));
  return number;
}

Result<> Database::copy_to(const std::filesystem::path& file) {
  {
    const auto from = connect(impl_->file, SQLITE_OPEN_READWRITE);
    const auto to = connect(file.string(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    if (!from || !to) return fail(ErrorKind::unavailable, "could not copy the database to " + file.string() + ": it can't be opened");
    auto* backup = sqlite3_backup_init(to.get(), "main", from.get(), "main");
    if (backup == nullptr)
      return fail(ErrorKind::unavailable, "could not copy the database to " + file.string() + ": " + sqlite3_errmsg(to.get()));
    const int stepped = sqlite3_backup_step(backup, -1);  // all pages in one go: one moment in time, and writers go on in the WAL
    sqlite3_backup_finish(backup);
    if (is_damage(stepped)) return damaged(sqlite3_errstr(stepped));
    if (stepped != SQLITE_DONE)
      return fail((stepped & 0xFF) == SQLITE_FULL ? ErrorKind::no_space : ErrorKind::unavailable,
                  "could not copy the database to " + file.string() + ": " + sqlite3_errstr(stepped));
    // The copy is one file, without a WAL beside it.
    if (sqlite3_exec(to.get(), "PRAGMA journal_mode=DELETE", nullptr, nullptr, nullptr) != SQLITE_OK)
      return fail(ErrorKind::unavailable, "could not copy the database to " + file.string() + ": " + sqlite3_errmsg(to.get()));
  }
  if (auto checked = check(file); !checked) {
    std::error_code ignored;
    std::filesystem::remove(file, ignored);  // a damaged backup is worse than none: it would be trusted
    return checked;
  }
  const auto handle = open_file(file, O_RDONLY);
  if (!handle) return std::unexpected(handle.error());
  if (::fsync(handle->get()) != 0) return fail_errno("sync", file.string(), errno);
  return {};
}

}  // namespace carillon::db
