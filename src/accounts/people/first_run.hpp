#pragma once
// How the first person gets in, where there is nobody yet who could let them in.

#include "accounts/access/hashing.hpp"
#include "accounts/access/session_maker.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

/// Any thread; coroutines resume on the caller's executor. What it is made of must live longer. Every act leaves its line in the audit
/// trail, in the same transaction. Errors name the failing field.
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

  /// The secret of a link that lets the first person in; an earlier one is worth nothing any more. None once there is somebody.
  asio::awaitable<Result<std::optional<std::string>>> make_link();
  asio::awaitable<Result<bool>> is_link(std::string secret);
  struct Beginning {
    std::string link;
    std::string name, email, password;
    std::string network_name;  ///< of the network that is there from the start
    std::string steward;       ///< who is in charge of certificates by default; "" for the same person
  };
  /// Makes the first operator, owner of the first network, and signs them in. `not_found` for a link that is not good.
  asio::awaitable<Result<SignedIn>> begin(Beginning beginning, std::string agent, std::string address_prefix);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
