#pragma once
// The database: one writer, several readers, over SOCI. SQLite in WAL mode with synchronous=FULL, so that what was acknowledged
// survives a power cut. SQL itself stands in the *_queries.cpp of whoever owns the tables.

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

/// One numbered step of the schema; applied in one transaction with the note that it was.
struct Migration {
  int number;  ///< rising, over all folders together; released ones keep theirs
  std::string_view name;
  std::string_view sql;  ///< several statements, separated by ";\n"
};

/// Any thread. Work runs on the database's own threads, never on an event loop; coroutines resume on their own executor.
class Database {
 public:
  /// Opens or creates, applies what is missing. Refuses (`conflict`) a schema newer than the last of `migrations`; `corrupt` when the file
  /// is damaged.
  static Result<std::unique_ptr<Database>> open(const std::filesystem::path& file, std::span<const Migration> migrations);
  ~Database();  ///< finishes what was handed in, joins the threads

  /// Runs `work(session)` → Result<T> in a BEGIN IMMEDIATE transaction on the writer: committed when it has a value, else rolled back.
  /// A full disk becomes `no_space`, a damaged file `corrupt`, other database exceptions `internal` with the database's words.
  ///
  /// `work` may run again: an engine that lets several writers in asks for that when two of them met (PostgreSQL: 40001). What an earlier
  /// run did in the database is rolled back then; everything else it did stays. So it must not move from what it captured, add to what is
  /// outside it without clearing that first, or act on anything but the session (files, the network, other threads): what has to happen
  /// besides belongs behind the call, or into after_commit(). What it assigns to is assigned by the last run. A program that is started
  /// with CARILLON_REHEARSE_WRITES=1 runs every work twice, the first time rolled back.
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
  /// The same two for threads that may block: start-up, workers, tests.
  template <class Work>
  auto write_now(Work work) -> std::invoke_result_t<Work, Session&> {
    return now(Mode::write, std::move(work));
  }
  /// As write_now(), but it doesn't wait for another process that is writing: `unavailable` at once then, and nothing in the log. For what
  /// is tried again soon anyway, so that nobody's write waits behind it.
  template <class Work>
  auto try_write_now(Work work) -> std::invoke_result_t<Work, Session&> {
    return now(Mode::write_if_free, std::move(work));
  }
  template <class Work>
  auto read_now(Work work) -> std::invoke_result_t<Work, Session&> {
    return now(Mode::read, std::move(work));
  }

  /// Within the work of a write: `then` is called on the writer's thread once this transaction is committed, and dropped when it is rolled
  /// back. It must not block and not fail: whatever waits to write waits for it.
  void after_commit(std::function<void()> then);

  /// Within the work of a write: what it changes that others keep in memory. Written to the change feed in the same transaction, each once
  /// however often it is said; see change_feed.hpp. Until report_changes_as() was called nothing is written: nobody else uses this
  /// database.
  void note_change(Change change);
  /// From now on the table of kChangesSchema gets what note_change() says, as from `origin`: whoever follows the feed leaves out its own.
  /// Before anything is written by several threads.
  void report_changes_as(std::string origin);
  [[nodiscard]] const std::string& origin() const noexcept;

  /// Where the commits of other processes are to be noticed.
  [[nodiscard]] std::filesystem::path file() const;

  /// Whether every page and index of the database in `file` is as it should be (PRAGMA integrity_check); `corrupt` names the first thing
  /// that is not. Reads all of it, beside whoever uses it. Blocks.
  static Result<> check(const std::filesystem::path& file);

  /// The number of the last migration that the database in `file` has seen; 0 for none. Changes nothing. Blocks.
  static Result<int> schema_number(const std::filesystem::path& file);

  /// A consistent copy while everything goes on (SQLite's online backup); `corrupt` when what was copied is damaged, and no copy is left
  /// then. Blocks.
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
