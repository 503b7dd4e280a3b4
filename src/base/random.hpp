#pragma once
// Sources of random bytes.

#include <cstddef>
#include <span>

namespace carillon {

/// A source of random bytes; passed in, so that tests are repeatable.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::byte> bytes) = 0;
};

/// The kernel's generator (getrandom(2)). Any thread. Aborts the program if the kernel has none, because it couldn't continue safely.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> bytes) override;
};

}  // namespace carillon
