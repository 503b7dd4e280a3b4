// See hashing.hpp.

#include "accounts/access/hashing.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace carillon::accounts {
namespace {

std::unexpected<Error> too_many() {
  return fail(ErrorKind::unavailable, "Too many people are signing in at the moment; try again in a few seconds.");
}

}  // namespace

struct HashingQueue::Waiter {
  explicit Waiter(const asio::any_io_executor& executor) : timer{executor} {}
  asio::steady_timer timer;
  Share share;
};

class HashingQueue::Place {
 public:
  Place(HashingQueue& queue, std::shared_ptr<Waiter> waiter) : queue_{queue}, waiter_{std::move(waiter)} {}
  ~Place() {
    if (waiter_ && !leave()) queue_.next();  // a turn that came while nobody waited any more
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  /// Whether the turn has come; either way the place is no longer there.
  bool granted() {
    const bool left = leave();
    waiter_.reset();
    return !left;
  }

 private:
  /// True when it was still in the line.
  bool leave() {
    const Lock lock{queue_.mutex_};
    auto& line = queue_.lines_[static_cast<std::size_t>(waiter_->share.standing)];
    const auto share = line.shares.find(waiter_->share.name);
    if (share == line.shares.end() || std::erase(share->second, waiter_) == 0) return false;
    if (share->second.empty()) {
      std::erase(line.order, share->first);
      line.shares.erase(share);
    }
    --line.waiting;
    return true;
  }

  HashingQueue& queue_;
  std::shared_ptr<Waiter> waiter_;
};

asio::awaitable<Result<HashingQueue::Turn>> HashingQueue::enter(Share share) {
  auto waiter = std::make_shared<Waiter>(co_await asio::this_coro::executor);
  waiter->share = std::move(share);
  waiter->timer.expires_after(limits_.patience);
  {
    const Lock lock{mutex_};
    if (!busy_) {
      busy_ = true;
      co_return Turn{*this};
    }
    auto& line = lines_[static_cast<std::size_t>(waiter->share.standing)];
    const auto present = line.shares.find(waiter->share.name);
    if (line.waiting >= limits_.waiting || (present != line.shares.end() && present->second.size() >= limits_.waiting_per_share))
      co_return too_many();
    if (present == line.shares.end()) line.order.push_back(waiter->share.name);
    line.shares[waiter->share.name].push_back(waiter);
    ++line.waiting;
  }
  Place place{*this, waiter};
  co_await waiter->timer.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!place.granted()) co_return too_many();
  co_return Turn{*this};
}

void HashingQueue::next() {
  std::shared_ptr<Waiter> waiter;
  {
    const Lock lock{mutex_};
    const auto other = 1 - last_line_;
    last_line_ = lines_[other].waiting > 0 ? other : last_line_;
    auto& line = lines_[last_line_];
    if (line.waiting == 0) {
      busy_ = false;
      return;
    }
    auto name = std::move(line.order.front());
    line.order.pop_front();
    const auto share = line.shares.find(name);
    waiter = std::move(share->second.front());
    share->second.pop_front();
    --line.waiting;
    if (share->second.empty())
      line.shares.erase(share);
    else
      line.order.push_back(std::move(name));
  }
  // Timers belong to one thread.
  asio::post(waiter->timer.get_executor(), [waiter] { waiter->timer.cancel(); });
}

}  // namespace carillon::accounts
