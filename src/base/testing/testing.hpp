#pragma once
// What tests of every folder share: a clock that is moved by hand, a folder that goes away, randomness that repeats.

#include "base/random.hpp"
#include "base/time.hpp"

#include <atomic>
#include <filesystem>
#include <random>

namespace carillon::testing {

/// A clock that stands still until it is moved. Any thread.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Time start = Time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}}) : now_{start} {}
  [[nodiscard]] Time now() const override { return now_.load(); }
  void advance(Duration by) { now_ = now_.load() + by; }
  void set(Time to) { now_ = to; }

 private:
  std::atomic<Time> now_;
};

/// The same bytes on every run. One thread.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed = 1) : engine_{seed} {}
  void fill(std::span<std::byte> bytes) override {
    for (auto& byte : bytes) byte = static_cast<std::byte>(engine_());
  }

 private:
  std::mt19937_64 engine_;
};

/// An empty folder of its own, removed with everything in it.
class TemporaryFolder {
 public:
  /// `memory`: on a disk of memory where the machine has one, for tests that write much and whose subject is not the disk.
  enum class On { disk, memory };
  explicit TemporaryFolder(On on = On::disk);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace carillon::testing
