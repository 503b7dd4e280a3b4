#pragma once
// How often listeners heard an order, without keeping listeners: Bloom filters (Bloom, CACM 13(7), 1970) of keyed hashes. A wrong answer
// withholds an advertisement and never repeats one too often.

#include "ads/model/orders.hpp"
#include "base/mutex.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace carillon::ads {

/// A set of hashes that grows by parts, each four times as large as the one before. One hash in a thousand that isn't in a part seems to
/// be.
class HashSet {
 public:
  void add(std::uint64_t hash);
  [[nodiscard]] bool has(std::uint64_t hash) const noexcept;

  struct Part {
    std::vector<std::uint64_t> words;
    std::size_t added = 0;
    bool changed = false;  ///< since it was saved
  };
  /// To be saved and restored.
  [[nodiscard]] std::deque<Part>& parts() noexcept { return parts_; }

 private:
  std::deque<Part> parts_;
};

/// Of one order. Any thread.
class Frequency {
 public:
  explicit Frequency(std::vector<FrequencyCap> caps);

  /// Whether it may be heard `times` more.
  [[nodiscard]] bool allows(std::uint64_t listener, int times, Time now);
  void note(std::uint64_t listener, int times, Time now);

  /// A part of a filter as it is stored.
  struct Saved {
    int hours = 0;
    Time bucket;
    int level = 0, part = 0;
    std::string bits;  ///< base64
  };
  /// What changed since the last call.
  [[nodiscard]] std::vector<Saved> take_changes();
  /// Adds what was stored, by this node or another.
  void restore(const Saved& saved);
  /// When the oldest bucket of a cap that still counts at `now` begins.
  [[nodiscard]] static Time oldest(const FrequencyCap& cap, Time now) noexcept;
  [[nodiscard]] const std::vector<FrequencyCap>& caps() const noexcept { return caps_; }

 private:
  /// By how often a listener heard it in this time: the filter at k has those who did more than k times.
  using Levels = std::vector<HashSet>;
  struct Counted {
    FrequencyCap cap;
    std::map<Time, Levels> buckets;
    [[nodiscard]] int times(std::uint64_t listener, Time now) const;
  };

  const std::vector<FrequencyCap> caps_;
  Mutex mutex_;
  std::vector<Counted> counted_ GUARDED_BY(mutex_);
};

/// Of two filters of the same size as they are stored; else the first.
[[nodiscard]] std::string union_of(const std::string& one, const std::string& other);

}  // namespace carillon::ads
