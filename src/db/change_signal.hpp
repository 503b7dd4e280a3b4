#pragma once
// How a process hears that another one has added to the change feed, without asking again and again: a small file beside the database that
// is written to after such a commit. What NOTIFY is elsewhere.

#include "base/file.hpp"

#include <chrono>
#include <filesystem>

namespace carillon::db {

/// One thread at a time.
class ChangeSignaller {
 public:
  explicit ChangeSignaller(const std::filesystem::path& database);

  /// Wakes every ChangeSignal of this database. Never fails for its caller: whoever does not hear it looks a little later.
  void signal() noexcept;

 private:
  FileDescriptor file_;  ///< empty where it can't be opened
};

/// One thread waits; any may wake it.
class ChangeSignal {
 public:
  explicit ChangeSignal(const std::filesystem::path& database);

  /// Returns when somebody has signalled since the last call, after wake(), or after `longest`. Where the system watches no files for us,
  /// it returns after kPollEvery at the latest.
  void wait(std::chrono::milliseconds longest);
  void wake() noexcept;

 private:
  FileDescriptor watched_;  ///< empty where the system watches no files for us
  FileDescriptor woken_;
};

}  // namespace carillon::db
