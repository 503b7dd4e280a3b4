#pragma once
// A source of random bytes shared by several threads.

#include "base/mutex.hpp"
#include "base/random.hpp"

#include <array>
#include <cstdint>

namespace carillon::certs {

/// Any thread.
class SharedRandom final : public Random {
 public:
  explicit SharedRandom(Random& source) : source_{source} {}
  void fill(std::span<std::byte> bytes) override {
    const Lock lock{mutex_};
    source_.fill(bytes);
  }
  /// A number in [0, 1).
  double draw() {
    std::array<std::byte, 4> bytes{};
    fill(bytes);
    std::uint32_t number = 0;
    for (const auto byte : bytes) number = number << 8U | std::to_integer<std::uint32_t>(byte);
    return number / 4294967296.0;
  }

 private:
  Mutex mutex_;
  Random& source_ GUARDED_BY(mutex_);
};

}  // namespace carillon::certs
