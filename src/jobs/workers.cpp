// See workers.hpp.

#include "jobs/workers.hpp"

#include <pthread.h>
#include <system_error>

namespace carillon::jobs {

Workers::Workers(std::string name, std::size_t threads) : name_{std::move(name)}, most_{threads} {}

Workers::~Workers() {
  {
    const Lock lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  threads_.clear();
}

void Workers::stop() {
  std::deque<Task> dropped;  // they go without the lock
  const Lock lock{mutex_};
  dropping_ = true;
  waiting_.swap(dropped);
}

void Workers::post(Task task) {
  const Lock lock{mutex_};
  if (dropping_) return;
  waiting_.push_back(std::move(task));
  // One that was woken for earlier work counts as idle until it took that.
  if (idle_ < waiting_.size() && threads_.size() < most_) {
    try {
      threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      if (threads_.empty()) throw;  // else those there are do it
    }
  }
  changed_.notify_one();
}

std::size_t Workers::threads() const {
  const Lock lock{mutex_};
  return threads_.size();
}

void Workers::work() {
  pthread_setname_np(pthread_self(), name_.c_str());
  Lock lock{mutex_};
  while (true) {
    ++idle_;
    changed_.wait(lock, [&] {
      mutex_.is_held();
      return !waiting_.empty() || stopping_;
    });
    --idle_;
    if (waiting_.empty()) return;
    auto task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    task();
    task = {};  // what it holds goes without the lock
    lock.lock();
  }
}

}  // namespace carillon::jobs
