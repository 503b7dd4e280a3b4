#pragma once
// Unions of byte ranges. Pure.

#include <cstdint>
#include <vector>

namespace carillon::stats {

/// The bytes from `first` to `last`, both included. Positions may be negative: the counting puts 0 at the first byte of the content, behind
/// tags.
struct ByteRange {
  std::int64_t first = 0;
  std::int64_t last = -1;
  [[nodiscard]] bool operator==(const ByteRange&) const = default;
};

/// The union of ranges, in any order of adding. A value; one thread at a time.
class ByteRanges {
 public:
  /// Ranges that end before they start are ignored.
  void add(ByteRange range);
  [[nodiscard]] std::int64_t total() const noexcept;
  /// How many bytes of `range` are in the union.
  [[nodiscard]] std::int64_t covered(ByteRange range) const noexcept;
  [[nodiscard]] bool contains(ByteRange range) const noexcept { return covered(range) == range.last - range.first + 1; }
  /// Ascending; between two of them at least one byte is missing.
  [[nodiscard]] const std::vector<ByteRange>& ranges() const noexcept { return ranges_; }

 private:
  std::vector<ByteRange> ranges_;
};

}  // namespace carillon::stats
