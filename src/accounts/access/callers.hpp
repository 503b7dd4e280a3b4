#pragma once
// Who asks: the person behind a session or a token.

#include "accounts/caller.hpp"
#include "accounts/revocations.hpp"
#include "base/result.hpp"
#include "db/database.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

/// Any thread; coroutines resume on the caller's executor. What it is made of must live longer.
class Callers {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    const Revocations& revocations;
  };
  explicit Callers(const Parts& parts) : parts_{parts} {}

  /// The caller with this session; `nobody` when it has ended or never was. `csrf` of the request, for `needs_csrf`: without the right one
  /// a session is nobody, so that no foreign page writes with it.
  asio::awaitable<Result<Caller>> with_session(std::string secret, bool needs_csrf, std::string csrf, std::string address_prefix);
  asio::awaitable<Result<Caller>> with_token(std::string secret, std::string address_prefix);
  /// The id of the device with this secret, whosever it is; "" when it is not known (any more).
  asio::awaitable<Result<std::string>> known_device(std::string secret);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
