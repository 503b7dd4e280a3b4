#pragma once
// Signing in, and the resulting sessions.

#include "accounts/access/hashing.hpp"
#include "accounts/access/second_factors.hpp"
#include "accounts/access/session_maker.hpp"
#include "accounts/caller.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

struct Credentials {
  std::string email, password;
  std::optional<std::string> code{};  ///< of the second factor, or a recovery code
  std::string device{};               ///< the secret of a device that signed in before; "" for none
};
/// The result of a sign-in attempt. It never reveals whether an account exists.
struct SignIn {
  enum class Outcome { signed_in, wrong, code_needed, throttled } outcome = Outcome::wrong;
  std::optional<SignedIn> signed_in;
  std::chrono::seconds again_in{};  ///< when throttled
  bool used_recovery_code = false;  ///< when signed in
};

/// Any thread; coroutines resume on the caller's executor. The constructor's arguments must outlive it. Every action writes its audit line
/// in the same transaction. Errors name the failing field.
class Sessions {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    Revocations& revocations;
    HashingQueue& hashing;
    const SecondFactors& second_factors;
    const SessionMaker& maker;
  };
  explicit Sessions(const Parts& parts) : parts_{parts} {}

  asio::awaitable<Result<SignIn>> sign_in(Credentials credentials, std::string agent, std::string address_prefix);
  asio::awaitable<Result<std::vector<Session>>> list(std::string person_id);
  asio::awaitable<Result<>> end(Caller by, std::string id);
  asio::awaitable<Result<std::string>> csrf_of(std::string session_id);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
