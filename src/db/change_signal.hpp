#pragma once
// Signals additions to the change feed to other processes, so that they needn't poll: a small file next to the database that is written to
// after such a commit. It serves the purpose of PostgreSQL's NOTIFY.

#include "base/file.hpp"

#include <chrono>
#include <filesystem>

namespace carillon::db {

/// One thread at a time.
class ChangeSignaller {
 public:
  explicit ChangeSignaller(const std::filesystem::path& database);

  /// Wakes every ChangeSignal of this database. Never fails for its caller: a process that misses it checks a little later.
  void signal() noexcept;

 private:
  FileDescriptor file_;  ///< empty if it can't be opened
};

/// One thread waits; any may wake it.
class ChangeSignal {
 public:
  explicit ChangeSignal(const std::filesystem::path& database);

  /// Returns after a signal since the last call, after wake(), or after `longest`. If the system doesn't support file notifications, it
  /// returns after kPollEvery at the latest.
  void wait(std::chrono::milliseconds longest);
  void wake() noexcept;

 private:
  FileDescriptor watched_;  ///< empty without file notifications
  FileDescriptor woken_;
};

}  // namespace carillon::db
