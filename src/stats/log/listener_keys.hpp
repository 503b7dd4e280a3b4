#pragma once
// The keys that listeners' addresses are hashed with: one for each month (UTC), destroyed two days after its end. Without its key nobody
// can tell whose a hash is, or that two hashes of different months are the same listener's.

#include "base/mutex.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "stats/log/listener.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon::stats {

/// How long after its month's end a key is destroyed: requests that began before it may still be on their way, or wait to be written.
inline constexpr std::chrono::hours kKeyOutlivesMonth{48};
/// A key is destroyed only when the clock has been out of its month for this long: a clock that is wrong for a moment must not make every
/// listener of the month a new one.
inline constexpr std::chrono::hours kKeyOverBeforeDestruction{1};

/// Any thread. Each key is a file in one folder, 32 bytes, mode 0600:
///
///     2026-11.5f02a6c1.key                          its month and its number
///     2026-11.5f02a6c1.over-20261201T000012Z.key    since when the clock is out of that month
class ListenerKeys {
 public:
  struct Key {
    std::uint32_t number = 0;  ///< stands in each record; never given twice, but for 0: the key of version 1 of the log
    ListenerKey bytes{};
  };

  /// Reads the folder, and makes this month's key if there is none. `former`: the one key that versions before 2 of the log had; where it
  /// is still there it becomes this month's, so that nobody is a new listener because of an upgrade. A key file of another length is
  /// `corrupt`. Blocks.
  static Result<std::unique_ptr<ListenerKeys>> open(std::filesystem::path folder, const std::filesystem::path& former, Time now,
                                                    Random& random);

  /// The key for a request that came at `time`: of its month, as long as that is there, else of the present month, made if need be.
  /// An error only when a key must be made and cannot be stored. Blocks when one is made.
  Result<Key> key_for(Time time, Time now);

  /// Notes which keys' months are over, and destroys those that have been for long enough: their files are overwritten, then removed.
  /// Answers how many. A key of a month that has not come yet (the clock was wrong once) goes two days after it was noticed. Blocks.
  Result<std::size_t> destroy_old(Time now);

  /// Numbers of the keys that there are, in no order.
  [[nodiscard]] std::vector<std::uint32_t> numbers() const;

 private:
  struct Stored {
    std::chrono::year_month month;
    Key key;
    std::optional<Time> over_since;
    std::string file_name;
  };

  ListenerKeys(std::filesystem::path folder, Random& random) : folder_{std::move(folder)}, random_{random} {}
  Result<> read();
  Result<> adopt(const std::filesystem::path& former, Time now);
  Result<Key> make(Time now) REQUIRES(mutex_);
  Result<> mark(Stored& stored, std::optional<Time> over_since) REQUIRES(mutex_);
  Result<> destroy(const Stored& stored) REQUIRES(mutex_);

  const std::filesystem::path folder_;
  Random& random_;
  mutable Mutex mutex_;
  std::vector<Stored> keys_ GUARDED_BY(mutex_);
};

/// Overwrites a file, removes it, and makes that durable. What copies of it are elsewhere (snapshots of the file system, backups that
/// somebody else makes, blocks that a flash disk has put aside) is out of reach. Blocks.
Result<> destroy_file(const std::filesystem::path& file);

}  // namespace carillon::stats
