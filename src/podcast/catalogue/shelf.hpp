#pragma once
// The snapshots in memory. Every download reads it, on every event loop, without a lock and without changing a list. The tables consist of
// small immutable pieces; adding or removing a snapshot replaces the few pieces that contain it.

#include "base/mutex.hpp"
#include "podcast/catalogue/catalogue.hpp"

#include <array>
#include <atomic>

namespace carillon::podcast {

/// Any thread.
class Shelf {
 public:
  using Snapshot = std::shared_ptr<const ShowSnapshot>;

  /// Holds snapshots of `most` bytes in total; evicts the least recently used first. A larger one is held alone.
  explicit Shelf(ByteCount most) : most_{most} {}

  /// Null if it isn't in memory. Counts as a use.
  [[nodiscard]] Snapshot with_slug(std::string_view slug) const;
  /// Null members if it isn't in memory; without its audio. Counts as a use.
  [[nodiscard]] EpisodeInShow with_episode(std::string_view id) const;
  /// The same as with_slug(), without counting.
  [[nodiscard]] Snapshot peek(std::string_view slug) const;
  [[nodiscard]] bool has_episode(std::string_view id) const;
  /// The IDs of all shows in memory.
  [[nodiscard]] std::vector<std::string> show_ids() const;

  /// Replaces a snapshot of that slug or show. Visible to all readers once it returns.
  void put(const Snapshot& snapshot);
  void remove(std::string_view show_id);

 private:
  /// The place of a show's snapshot in memory.
  struct Place {
    std::atomic<Snapshot> snapshot;       ///< never null
    std::atomic<std::uint64_t> used = 0;  ///< the value of `puts_` at its last use
    ByteCount weight;                     ///< guarded by the shelf's mutex
  };
  /// Two names may have the same hash; the snapshot tells which one it is.
  struct Entry {
    std::size_t hash;
    std::shared_ptr<Place> place;
  };
  using Piece = std::vector<Entry>;
  static constexpr std::size_t kPieces = 4096;
  using Table = std::array<std::atomic<std::shared_ptr<const Piece>>, kPieces>;

  template <class Pick>
  auto look(const Table& table, std::string_view name, bool is_use, Pick pick) const;
  static void add(Table& table, std::string_view name, const std::shared_ptr<Place>& place);
  static void take(Table& table, std::string_view name, const std::shared_ptr<Place>& place);
  void forget(const std::shared_ptr<Place>& place) REQUIRES(mutex_);
  void make_room(const Place& newest) REQUIRES(mutex_);

  const ByteCount most_;
  Table slugs_;
  Table episodes_;
  std::atomic<std::uint64_t> puts_ = 0;
  mutable Mutex mutex_;  ///< for changes
  ByteCount in_memory_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::shared_ptr<Place>> places_ GUARDED_BY(mutex_);  ///< by slug
  std::unordered_map<std::string, std::string> ids_ GUARDED_BY(mutex_);                ///< the slugs of those, by the show's id
};

}  // namespace carillon::podcast
