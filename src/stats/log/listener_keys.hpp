#pragma once
// The keys for hashing listeners' addresses: one per month (UTC), destroyed two days after its end. Without the key, no one can find the
// address of a hash, or match hashes of different months.

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

/// How long after the end of its month a key is destroyed, because earlier requests may still be running or waiting to be written.
inline constexpr std::chrono::hours kKeyOutlivesMonth{48};
/// A key is only destroyed after the clock has been outside its month for this long, so that a briefly wrong clock doesn't turn all
/// listeners of the month into new ones.
inline constexpr std::chrono::hours kKeyOverBeforeDestruction{1};

/// Any thread. Each key is a file in one folder, 32 bytes, mode 0600:
///
///     2026-11.5f02a6c1.key                          its month and its number
///     2026-11.5f02a6c1.over-20261201T000012Z.key    since when the clock has been outside that month
class ListenerKeys {
 public:
  struct Key {
    std::uint32_t number = 0;  ///< stored in each record; unique, except 0: the key of log version 1
    ListenerKey bytes{};
  };

  /// Reads the folder, and creates this month's key if there is none. `former` is the single key of log versions before 2; if it still
  /// exists, it becomes this month's, so that an upgrade doesn't create new listeners. `corrupt` if a key file has the wrong length.
  /// Blocks.
  static Result<std::unique_ptr<ListenerKeys>> open(std::filesystem::path folder, const std::filesystem::path& former, Time now,
                                                    Random& random);

  /// The key for a request at `time`: that of its month if it still exists, else of the current month, created if needed. Fails only if a
  /// new key can't be stored. Blocks if one is created.
  Result<Key> key_for(Time time, Time now);

  /// Records which keys' months are over, and destroys those that have been long enough: overwrites their files, then removes them. Returns
  /// how many. A key for a future month (from a wrong clock) is destroyed two days after it was noticed. Blocks.
  Result<std::size_t> destroy_old(Time now);

  /// The numbers of all keys, in any order.
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

/// Overwrites a file, removes it, and makes that durable. Can't reach copies elsewhere (file system snapshots, other backups, remapped
/// flash blocks). Blocks.
Result<> destroy_file(const std::filesystem::path& file);

}  // namespace carillon::stats
