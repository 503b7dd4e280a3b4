// See byte_ranges.hpp.

#include "stats/counting/byte_ranges.hpp"

#include <algorithm>

namespace carillon::stats {

void ByteRanges::add(ByteRange range) {
  if (range.last < range.first) return;
  // Most listeners get one range after the other.
  if (!ranges_.empty() && range.first > ranges_.back().last + 1) {
    ranges_.push_back(range);
    return;
  }
  const auto begin = std::ranges::lower_bound(ranges_, range.first - 1, {}, &ByteRange::last);
  auto end = begin;
  for (; end != ranges_.end() && end->first <= range.last + 1; ++end) {
    range.first = std::min(range.first, end->first);
    range.last = std::max(range.last, end->last);
  }
  if (begin == end) {
    ranges_.insert(begin, range);
    return;
  }
  *begin = range;
  ranges_.erase(begin + 1, end);
}

std::int64_t ByteRanges::total() const noexcept {
  std::int64_t sum = 0;
  for (const auto& range : ranges_) sum += range.last - range.first + 1;
  return sum;
}

std::int64_t ByteRanges::covered(ByteRange range) const noexcept {
  std::int64_t sum = 0;
  for (const auto& part : ranges_)
    sum += std::max<std::int64_t>(0, std::min(part.last, range.last) - std::max(part.first, range.first) + 1);
  return sum;
}

}  // namespace carillon::stats
