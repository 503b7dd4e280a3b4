// See rare_line.hpp.

#include "base/rare_line.hpp"

namespace carillon::log {

void RareLine::note(std::string_view detail, Clock::time_point now) {
  const Lock lock{mutex_};
  ++times_;
  detail_ = detail;
  if (!said_before_ || now - said_ >= kEvery) say(now);
}

void RareLine::flush(Clock::time_point now) {
  const Lock lock{mutex_};
  if (times_ > 0 && now - said_ >= kEvery) say(now);
}

void RareLine::say(Clock::time_point now) {
  write(level_, event_, {{"times", times_}, {"last", detail_}});
  times_ = 0;
  said_ = now;
  said_before_ = true;
}

}  // namespace carillon::log
