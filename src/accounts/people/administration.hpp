#pragma once
// Putting people out: disabling, deleting, and taking away what lets them in.

#include "accounts/audit.hpp"
#include "accounts/revocations.hpp"
#include "accounts/store/people.hpp"
#include "accounts/store/sessions.hpp"
#include "accounts/store/tokens.hpp"
#include "base/random.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

/// Operators may do it to everybody; an owner to whoever belongs to no other network than those they own, and operates nothing: everybody
/// else is `refused`. The last operator, and the last owner of a network, stay (`conflict`). What is taken away ends at once. Any thread;
/// coroutines resume on the caller's executor. What it is made of must live longer. Every act leaves its line in the audit trail, in the
/// same transaction. Errors name the failing field.
class Administration {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    Revocations& revocations;
  };
  explicit Administration(const Parts& parts) : parts_{parts} {}

  struct AccountEdit {
    std::optional<bool> disabled;
    std::optional<bool> is_operator;  ///< for operators to change
  };
  /// Disabling ends the person's sessions, tokens and open links for good.
  asio::awaitable<Result<Person>> edit(Caller by, std::string person_id, AccountEdit edit);
  /// The audit trail, and what the person made, stay.
  asio::awaitable<Result<>> remove(Caller by, std::string person_id);
  /// All but the one `by` came with; answers how many.
  asio::awaitable<Result<std::size_t>> end_sessions(Caller by, std::string person_id);
  /// Ends the person's sessions, too: whoever has lost a phone may have lost it to somebody. Answers their address.
  asio::awaitable<Result<std::string>> reset_second_factor(Caller by, std::string person_id);
  asio::awaitable<Result<std::vector<Session>>> sessions_of(Caller by, std::string person_id);
  asio::awaitable<Result<std::vector<Token>>> tokens_of(Caller by, std::string person_id);
  asio::awaitable<Result<>> remove_token(Caller by, std::string person_id, std::string id);

 private:
  /// A line about a person in each of their networks, within the caller's transaction; the subject is filled in.
  void record_of_person(db::Session& session, const Caller& by, const Person& person, Act act) const;

  Parts parts_;
};

}  // namespace carillon::accounts
