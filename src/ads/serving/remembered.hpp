#pragma once
// What listeners got, so that they get the same again: an app that continues a download must not get other bytes.

#include "base/mutex.hpp"
#include "base/time.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace carillon::ads {

/// A listener of an episode: a keyed hash that tells nobody who that is.
using ListenerKey = std::array<std::byte, 16>;

/// The name of an arrangement; none for the episode as it is.
using ArrangementName = std::shared_ptr<const std::string>;

/// How long a listener gets the same arrangement of an episode, from the first request on.
inline constexpr std::chrono::hours kRememberedFor{24};
/// With more, the oldest are forgotten: those listeners get the same again as long as the plan is the same.
inline constexpr std::size_t kMaxRemembered = 1'000'000;

/// Any thread.
class Remembered {
 public:
  /// Shared between this many mutexes; each is held while its listener's arrangement is decided.
  static constexpr std::size_t kShards = 256;

  explicit Remembered(std::size_t most = kMaxRemembered) : most_{std::max<std::size_t>(most / kShards, 1)} {}

  /// What was remembered at most kRememberedFor before `now`; `known` is false if there is nothing.
  struct Found {
    bool known = false;
    ArrangementName name;
  };
  [[nodiscard]] Found find(const ListenerKey& key, Time now);
  /// What is remembered, else what `decide` returns, which is from now on. Two requests of one listener never decide at the same time.
  [[nodiscard]] ArrangementName find_or(const ListenerKey& key, Time now, const std::function<ArrangementName()>& decide);
  /// What another run or another node decided. Doesn't replace what is known.
  void put(const ListenerKey& key, ArrangementName name, Time decided);

  [[nodiscard]] std::size_t size();

 private:
  struct Hash {
    using is_avalanching = void;
    std::size_t operator()(const ListenerKey& key) const noexcept {
      std::size_t hash = 0;
      std::memcpy(&hash, key.data(), sizeof hash);
      return hash;
    }
  };
  struct Entry {
    Time decided;
    ArrangementName name;
  };
  struct Shard {
    Mutex mutex;
    boost::unordered_flat_map<ListenerKey, Entry, Hash> entries GUARDED_BY(mutex);
    std::deque<std::pair<Time, ListenerKey>> oldest GUARDED_BY(mutex);  ///< in the order in which they were put
  };
  [[nodiscard]] Shard& shard_of(const ListenerKey& key) { return shards_[std::to_integer<std::size_t>(key.back()) % kShards]; }
  static const Entry* valid(const Shard& shard, const ListenerKey& key, Time now) REQUIRES(shard.mutex);
  void insert(Shard& shard, const ListenerKey& key, Entry entry) const REQUIRES(shard.mutex);

  const std::size_t most_;  ///< of a shard
  std::array<Shard, kShards> shards_;
};

}  // namespace carillon::ads
