#pragma once
// Takedowns: suspends networks and shows.

#include "accounts/audit.hpp"
#include "accounts/store/networks.hpp"
#include "accounts/suspensions.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

/// Active suspensions are in `suspensions`.
/// Any thread; coroutines resume on the caller's executor. The constructor's arguments must outlive it. Every action writes its audit line
/// in the same transaction. Errors name the failing field.
class Takedowns {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    Suspensions& suspensions;
  };
  explicit Takedowns(const Parts& parts) : parts_{parts} {}

  /// Suspends a network's shows (451 with the reason), or resumes them if `reason` is empty.
  asio::awaitable<Result<Network>> suspend_network(Caller by, std::string slug, std::string reason);
  /// The same for one show, which the caller has checked to exist.
  asio::awaitable<Result<>> suspend_show(Caller by, std::string network, std::string slug, std::string reason);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
