#pragma once
// What is done again and again, each on a thread of its own, started and stopped together.

#include "jobs/repeater.hpp"

#include <memory>
#include <vector>

namespace carillon::app {

/// From the main thread.
class Rounds {
 public:
  /// As jobs::Repeater has it.
  void add(const Clock& clock, std::chrono::milliseconds longest, jobs::Turn turn, std::function<std::optional<Time>()> round) {
    rounds_.push_back(std::make_unique<jobs::Repeater>(clock, longest, std::move(turn), std::move(round)));
  }
  void start() {
    for (auto& round : rounds_) round->start();
  }
  /// Joins each after the round under way.
  void stop() { rounds_.clear(); }

 private:
  std::vector<std::unique_ptr<jobs::Repeater>> rounds_;
};

}  // namespace carillon::app
