#pragma once
// Creates the first account, when no one exists yet who could invite people.

#include "accounts/access/hashing.hpp"
#include "accounts/access/session_maker.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

/// Any thread; coroutines resume on the caller's executor. The constructor's arguments must outlive it. Every action writes its audit line
/// in the same transaction. Errors name the failing field.
class FirstRun {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    HashingQueue& hashing;
    const SessionMaker& maker;
  };
  explicit FirstRun(const Parts& parts) : parts_{parts} {}

  /// The secret of the setup link for the first person; earlier ones stop working. None once there is an account.
  asio::awaitable<Result<std::optional<std::string>>> make_link();
  asio::awaitable<Result<bool>> is_link(std::string secret);
  struct Beginning {
    std::string link;
    std::string name, email, password;
    std::string network_name;  ///< of the initial network
    std::string steward;       ///< the default steward; "" for the same person
  };
  /// Creates the first operator, who owns the first network, and signs them in. `not_found` if the link isn't valid.
  asio::awaitable<Result<SignedIn>> begin(Beginning beginning, std::string agent, std::string address_prefix);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
