#pragma once
// Repeated tasks, each on its own thread, started and stopped together.

#include "jobs/repeater.hpp"

#include <memory>
#include <vector>

namespace carillon::app {

/// From the main thread.
class Rounds {
 public:
  /// See jobs::Repeater.
  void add(const Clock& clock, std::chrono::milliseconds longest, jobs::Turn turn, std::function<std::optional<Time>()> round) {
    rounds_.push_back(std::make_unique<jobs::Repeater>(clock, longest, std::move(turn), std::move(round)));
  }
  void start() {
    for (auto& round : rounds_) round->start();
  }
  /// Joins each thread after its current round.
  void stop() { rounds_.clear(); }

 private:
  std::vector<std::unique_ptr<jobs::Repeater>> rounds_;
};

}  // namespace carillon::app
