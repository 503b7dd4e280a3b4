#pragma once
// Finds the person behind a session or token.

#include "accounts/caller.hpp"
#include "accounts/revocations.hpp"
#include "base/result.hpp"
#include "db/database.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

/// Any thread; coroutines resume on the caller's executor. The constructor's arguments must outlive it.
class Callers {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    const Revocations& revocations;
  };
  explicit Callers(const Parts& parts) : parts_{parts} {}

  /// The caller with this session; `nobody` if it has expired or never existed. With `needs_csrf`, a wrong `csrf` also results in `nobody`,
  /// so that foreign pages can't write with the session.
  asio::awaitable<Result<Caller>> with_session(std::string secret, bool needs_csrf, std::string csrf, std::string address_prefix);
  asio::awaitable<Result<Caller>> with_token(std::string secret, std::string address_prefix);
  /// The ID of the device with this secret, whoever owns it; "" if it is unknown or no longer known.
  asio::awaitable<Result<std::string>> known_device(std::string secret);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
