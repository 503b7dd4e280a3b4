#pragma once
// Takedowns: which networks and shows are not served any more.

#include "accounts/audit.hpp"
#include "accounts/store/networks.hpp"
#include "accounts/suspensions.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

/// What is in force is in `suspensions`.
/// Any thread; coroutines resume on the caller's executor. What it is made of must live longer. Every act leaves its line in the audit
/// trail, in the same transaction. Errors name the failing field.
class Takedowns {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    Suspensions& suspensions;
  };
  explicit Takedowns(const Parts& parts) : parts_{parts} {}

  /// Takes a network's shows off the air (451 with the reason), or lets them back when `reason` is empty.
  asio::awaitable<Result<Network>> suspend_network(Caller by, std::string slug, std::string reason);
  /// The same for one show; that it exists was found out before.
  asio::awaitable<Result<>> suspend_show(Caller by, std::string network, std::string slug, std::string reason);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
