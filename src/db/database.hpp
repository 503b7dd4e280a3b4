#pragma once
// The database: one writer, several readers, over SOCI. SQLite in WAL mode with synchronous=FULL, so that acknowledged writes survive a
// power cut. SQL is only in the *_queries.cpp files of the parts that own the tables.

#include "base/result.hpp"
#include "base/time.hpp"
#include "db/change.hpp"

#include <boost/asio/awaitable.hpp>

#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>

namespace soci {
class session;
}

namespace carillon::db {

namespace asio = boost::asio;
using Session = soci::session;

/// One numbered step of the schema; applied and recorded in one transaction.
struct Migration {
  int number;  ///< increasing across all folders; released ones don't change
  std::string_view name;
  std::string_view sql;  ///< several statements, separated by ";\n"
};

/// Any thread. Work runs on the database's own threads, never on an event loop; coroutines resume on their own executor.
class Database {
 public:
  /// Opens or creates the database and applies missing migrations. `conflict` if the schema is newer than the last of `migrations`;
  /// `corrupt` if the file is damaged.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file, std::span<const Migration> migrations);
  ~Database();  ///< finishes submitted work, joins the threads

  /// Runs `work(session)` → Result<T> in a BEGIN IMMEDIATE transaction on the writer: committed if it has a value, otherwise rolled back.
  /// A full disk becomes `no_space`, a damaged file `corrupt`, other database exceptions `internal` with the database's message.
  ///
  /// `work` may run more than once: engines with several writers require that after a conflict (PostgreSQL: 40001). The database changes of
  /// an earlier run are rolled back, but nothing else. So it must not move from its captures, add to outside data without clearing it
  /// first, or act on anything but the session (files, the network, other threads): do that after the call, or in after_commit(). Outside
  /// variables have the values of the last run. With CARILLON_REHEARSE_WRITES=1, every work runs twice, with the first run rolled back.
  template <class Work>
  auto write(Work work) -> asio::awaitable<std::invoke_result_t<Work, Session&>> {
    std::invoke_result_t<Work, Session&> result = fail(ErrorKind::internal, "the database didn't respond");
    const auto outcome = co_await run(Mode::write, [&](Session& session) -> Result<> {
      result = work(session);
      return outcome_of(result);
    });
    if (!outcome) co_return std::unexpected(outcome.error());
    co_return result;
  }
  /// The same on a reader, in one consistent view.
  template <class Work>
  auto read(Work work) -> asio::awaitable<std::invoke_result_t<Work, Session&>> {
    std::invoke_result_t<Work, Session&> result = fail(ErrorKind::internal, "the database didn't respond");
    const auto outcome = co_await run(Mode::read, [&](Session& session) -> Result<> {
      result = work(session);
      return outcome_of(result);
    });
    if (!outcome) co_return std::unexpected(outcome.error());
    co_return result;
  }
  /// The same two for threads that may block: startup, workers, tests.
  template <class Work>
  auto write_now(Work work) -> std::invoke_result_t<Work, Session&> {
    return now(Mode::write, std::move(work));
  }
  /// Like write_now(), but doesn't wait for another process that is writing: then immediately `unavailable`, without a log line. For work
  /// that is retried soon anyway, so that other writes don't wait behind it.
  template <class Work>
  auto try_write_now(Work work) -> std::invoke_result_t<Work, Session&> {
    return now(Mode::write_if_free, std::move(work));
  }
  template <class Work>
  auto read_now(Work work) -> std::invoke_result_t<Work, Session&> {
    return now(Mode::read, std::move(work));
  }

  /// In the work of a write: calls `then` on the writer's thread once this transaction is committed; drops it on rollback. It must not
  /// block or fail, because other writes wait for it.
  void after_commit(std::function<void()> then);

  /// In the work of a write: records a change of data that other processes cache. Written to the change feed in the same transaction,
  /// without duplicates; see change_feed.hpp. Does nothing before report_changes_as(), when no one else uses this database.
  void note_change(Change change);
  /// From now on, note_change() writes to the table of kChangesSchema with this `origin`; followers skip their own changes. Before several
  /// threads write.
  void report_changes_as(std::string origin);
  [[nodiscard]] const std::string& origin() const noexcept;

  /// The database file, for noticing commits by other processes.
  [[nodiscard]] std::filesystem::path file() const;

  /// Checks every page and index of the database in `file` (PRAGMA integrity_check); `corrupt` with the first problem. Reads the whole file
  /// while it is in use. Blocks.
  static Result<> check(const std::filesystem::path& file);

  /// The number of the last migration of the database in `file`; 0 for none. Read-only. Blocks.
  static Result<int> schema_number(const std::filesystem::path& file);

  /// A consistent copy while the database is in use (SQLite's online backup); `corrupt` if the copy is damaged, which is then deleted.
  /// Blocks.
  Result<> copy_to(const std::filesystem::path& file);

 private:
  enum class Mode { read, write, write_if_free };
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  asio::awaitable<Result<>> run(Mode mode, std::function<Result<>(Session&)> work);
  Result<> run_now(Mode mode, std::function<Result<>(Session&)> work);
  template <class T>
  static Result<> outcome_of(const Result<T>& result) {
    if (result) return {};
    return std::unexpected(result.error());
  }
  template <class Work>
  auto now(Mode mode, Work work) -> std::invoke_result_t<Work, Session&> {
    std::invoke_result_t<Work, Session&> result = fail(ErrorKind::internal, "the database didn't respond");
    const auto outcome = run_now(mode, [&](Session& session) -> Result<> {
      result = work(session);
      return outcome_of(result);
    });
    if (!outcome) return std::unexpected(outcome.error());
    return result;
  }

  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::db
