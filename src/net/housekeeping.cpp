// See housekeeping.hpp.

#include "net/housekeeping.hpp"

#include <malloc.h>

#include <algorithm>

namespace carillon::net {

bool MemoryGiver::is_due(std::size_t connections, Clock::time_point now) {
  peak_ = std::max(peak_, connections);
  if (peak_ < kMinPeak || connections > peak_ / 2 || (given_ != Clock::time_point{} && now - given_ < kEvery)) return false;
  peak_ = connections;
  given_ = now;
  return true;
}

void MemoryGiver::give_back() { ::malloc_trim(0); }

}  // namespace carillon::net
