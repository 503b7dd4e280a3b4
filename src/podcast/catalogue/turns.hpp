#pragma once
// A lock per name, so that different names don't wait for each other.

#include "base/mutex.hpp"

#include <map>
#include <mutex>
#include <string>

namespace carillon::podcast {

/// Any thread. Must outlive every Turn.
class Turns {
  struct Line {
    std::mutex mutex;
    std::size_t members = 0;  ///< its holder and those who wait
  };

 public:
  /// Blocks until no one else has a turn for that name; releases it when destroyed.
  class Turn {
   public:
    Turn(Turns& turns, const std::string& name) : turns_{turns}, line_{turns.join(name)}, held_{line_->second.mutex} {}
    ~Turn() {
      held_.unlock();
      turns_.leave(line_);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Turns& turns_;
    std::map<std::string, Line>::iterator line_;
    std::unique_lock<std::mutex> held_;
  };

  /// The number of names with turns.
  [[nodiscard]] std::size_t names() {
    const Lock lock{mutex_};
    return lines_.size();
  }

 private:
  std::map<std::string, Line>::iterator join(const std::string& name) {
    const Lock lock{mutex_};
    const auto line = lines_.try_emplace(name).first;
    ++line->second.members;
    return line;
  }
  void leave(std::map<std::string, Line>::iterator line) {
    const Lock lock{mutex_};
    if (--line->second.members == 0) lines_.erase(line);
  }

  Mutex mutex_;
  std::map<std::string, Line> lines_ GUARDED_BY(mutex_);
};

}  // namespace carillon::podcast
