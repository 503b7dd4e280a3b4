#pragma once
// Revoking access: disabling and deleting people, ending their sessions, resetting two-factor authentication.

#include "accounts/audit.hpp"
#include "accounts/revocations.hpp"
#include "accounts/store/people.hpp"
#include "accounts/store/sessions.hpp"
#include "accounts/store/tokens.hpp"
#include "base/random.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

/// Operators may do this to everyone. Owners may do it to people who only belong to networks that they own and aren't operators; otherwise
/// it is `refused`. The last operator and the last owner of a network can't be removed (`conflict`). Revoked access ends immediately. Any
/// thread; coroutines resume on the caller's executor. The constructor's arguments must outlive it. Every action writes its audit line in
/// the same transaction. Errors name the failing field.
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
    std::optional<bool> is_operator;  ///< only operators can change it
  };
  /// Disabling permanently ends the person's sessions, tokens and open links.
  asio::awaitable<Result<Person>> edit(Caller by, std::string person_id, AccountEdit edit);
  /// The audit trail and the person's content are kept.
  asio::awaitable<Result<>> remove(Caller by, std::string person_id);
  /// Ends all sessions except the one that `by` uses; returns how many.
  asio::awaitable<Result<std::size_t>> end_sessions(Caller by, std::string person_id);
  /// Also ends the person's sessions, as a lost phone may have been stolen. Returns their email address.
  asio::awaitable<Result<std::string>> reset_second_factor(Caller by, std::string person_id);
  asio::awaitable<Result<std::vector<Session>>> sessions_of(Caller by, std::string person_id);
  asio::awaitable<Result<std::vector<Token>>> tokens_of(Caller by, std::string person_id);
  asio::awaitable<Result<>> remove_token(Caller by, std::string person_id, std::string id);

 private:
  /// Records an action on a person in each of their networks, in the caller's transaction; fills in the subject.
  void record_of_person(db::Session& session, const Caller& by, const Person& person, Act act) const;

  Parts parts_;
};

}  // namespace carillon::accounts
