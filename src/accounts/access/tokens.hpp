#pragma once
// Tokens, with which programs act for a person.

#include "accounts/caller.hpp"
#include "accounts/revocations.hpp"
#include "accounts/store/tokens.hpp"
#include "base/random.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

inline constexpr std::size_t kMaxTokens = 100;  ///< of one person

/// Any thread; coroutines resume on the caller's executor. The constructor's arguments must outlive it. Every action writes its audit line
/// in the same transaction. Errors name the failing field.
class Tokens {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    Revocations& revocations;
  };
  explicit Tokens(const Parts& parts) : parts_{parts} {}

  struct NewToken {
    Token token;
    std::string secret;
  };
  asio::awaitable<Result<NewToken>> create(Caller by, std::string person_id, std::string name, std::vector<std::string> scopes,
                                           std::optional<Time> ends);
  asio::awaitable<Result<std::vector<Token>>> list(std::string person_id);
  asio::awaitable<Result<>> remove(Caller by, std::string id);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
