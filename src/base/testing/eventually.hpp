#pragma once
// How a test waits for other threads and processes.

#include <chrono>
#include <thread>

namespace carillon::testing {

/// Only a fault takes this long: a test program of a sanitizer's build on a busy machine may wait for minutes for a process of low
/// priority.
inline constexpr std::chrono::minutes kPatience{15};

/// Asks again and again until `holds()`, with pauses, so that the wait doesn't take the processor from what it waits for. False: it never
/// did. Blocks.
template <class Predicate>
[[nodiscard]] bool eventually(Predicate holds) {
  using namespace std::chrono_literals;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (auto pause = 100us; !holds(); pause = pause < 10ms ? 2 * pause : pause) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(pause);
  }
  return true;
}

}  // namespace carillon::testing
