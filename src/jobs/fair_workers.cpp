// See fair_workers.hpp.

#include "jobs/fair_workers.hpp"

#include <system_error>

namespace carillon::jobs {

FairWorkers::FairWorkers(FairShare share) : share_{share} {}

FairWorkers::~FairWorkers() {
  {
    const Lock lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  threads_.clear();
}

void FairWorkers::queue(const std::string& key, Line& line) {
  if (line.in_turn || line.waiting.empty() || line.running >= share_.running_per_key) return;
  line.in_turn = true;
  turns_.push_back(key);
  // One that was woken for an earlier turn counts as idle until it took that. While this ends, those there are do the rest.
  if (idle_ < turns_.size() && threads_.size() < share_.threads && !stopping_) {
    try {
      threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      if (threads_.empty()) throw;  // else those there are do it
    }
  }
  changed_.notify_one();
}

bool FairWorkers::add(const std::string& key, Task task) {
  const Lock lock{mutex_};
  auto& line = lines_[key];
  if (line.waiting.size() >= share_.waiting_per_key) return false;
  line.waiting.push_back(std::move(task));
  queue(key, line);
  return true;
}

void FairWorkers::work() {
  Lock lock{mutex_};
  while (true) {
    ++idle_;
    changed_.wait(lock, [&] {
      mutex_.is_held();
      return !turns_.empty() || (stopping_ && lines_.empty());
    });
    --idle_;
    if (turns_.empty()) return;
    const auto key = std::move(turns_.front());
    turns_.pop_front();
    auto& line = lines_.at(key);
    line.in_turn = false;
    auto task = std::move(line.waiting.front());
    line.waiting.pop_front();
    ++line.running;
    queue(key, line);
    lock.unlock();
    task();
    task = {};  // what it holds goes without the lock
    lock.lock();
    --line.running;
    queue(key, line);
    if (line.running == 0 && line.waiting.empty()) {
      lines_.erase(key);
      if (stopping_ && lines_.empty()) changed_.notify_all();
    }
  }
}

}  // namespace carillon::jobs
