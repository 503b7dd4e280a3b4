#pragma once
// The snapshots that are in memory. Every download looks here, on every event loop: looking takes no lock and changes no list. The tables
// are cut into small immutable pieces; a snapshot that comes or goes replaces the few pieces that name it.

#include "base/mutex.hpp"
#include "podcast/catalogue/catalogue.hpp"

#include <array>
#include <atomic>

namespace carillon::podcast {

/// Any thread.
class Shelf {
 public:
  using Snapshot = std::shared_ptr<const ShowSnapshot>;

  /// Holds snapshots that weigh `most` together; the least recently used go first. One that is heavier than all of it stays alone.
  explicit Shelf(ByteCount most) : most_{most} {}

  /// Null when it is not in memory. Counts as a use.
  [[nodiscard]] Snapshot with_slug(std::string_view slug) const;
  /// Null members when it is not in memory; without its audio. Counts as a use.
  [[nodiscard]] EpisodeInShow with_episode(std::string_view id) const;
  /// The same as with_slug(), without counting.
  [[nodiscard]] Snapshot peek(std::string_view slug) const;
  [[nodiscard]] bool has_episode(std::string_view id) const;
  /// Of every snapshot that is in memory now.
  [[nodiscard]] std::vector<std::string> show_ids() const;

  /// In place of what there was of that slug, or of that show. Once it returns, everybody finds it.
  void put(const Snapshot& snapshot);
  void remove(std::string_view show_id);

 private:
  /// Where a show's snapshot is while it is in memory.
  struct Place {
    std::atomic<Snapshot> snapshot;       ///< never null
    std::atomic<std::uint64_t> used = 0;  ///< what `puts_` was at its last use
    ByteCount weight;                     ///< the shelf's mutex guards it
  };
  /// Two names may have one hash: the snapshot says whose it is.
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
  mutable Mutex mutex_;  ///< of those who change something
  ByteCount in_memory_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::shared_ptr<Place>> places_ GUARDED_BY(mutex_);  ///< by slug
  std::unordered_map<std::string, std::string> ids_ GUARDED_BY(mutex_);                ///< the slugs of those, by the show's id
};

}  // namespace carillon::podcast
