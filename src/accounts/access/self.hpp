#pragma once
// Changes to one's own account (name, password, two-factor authentication), and confirming one's identity before them.

#include "accounts/access/hashing.hpp"
#include "accounts/access/second_factors.hpp"
#include "accounts/caller.hpp"
#include "accounts/revocations.hpp"
#include "accounts/store/people.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

/// Proof that a person entered their current password, and a code if one was required. Only Self::confirm creates it.
class Confirmed {
 public:
  [[nodiscard]] const std::string& person_id() const noexcept { return person_id_; }
  /// Whether a two-factor code was required and correct.
  [[nodiscard]] bool by_code() const noexcept { return by_code_; }

 private:
  friend class Self;
  Confirmed(std::string person_id, bool by_code) : person_id_{std::move(person_id)}, by_code_{by_code} {}
  std::string person_id_;
  bool by_code_;
};
struct Confirmation {
  enum class Outcome { confirmed, wrong_password, code_needed, wrong_code, no_password, throttled } outcome = Outcome::wrong_password;
  std::optional<Confirmed> confirmed{};
  std::chrono::seconds again_in{};  ///< when throttled
};

/// Any thread; coroutines resume on the caller's executor. The constructor's arguments must outlive it. Every action writes its audit line
/// in the same transaction. Errors name the failing field.
class Self {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    Revocations& revocations;
    HashingQueue& hashing;
    const SecondFactors& second_factors;
  };
  explicit Self(const Parts& parts) : parts_{parts} {}

  /// Checks the current password again and, with `with_code`, an authenticator or recovery code if the person uses two-factor
  /// authentication. Slowed down per person, like signing in.
  asio::awaitable<Result<Confirmation>> confirm(Caller by, std::optional<std::string> password, std::optional<std::string> code,
                                                bool with_code);
  struct NewPassword {
    std::string password;
    Confirmed confirmed;
    std::string device{};  ///< the secret of the device that remains known, "" for none
  };
  /// A new password ends all other sessions and deletes all other devices and all password links.
  asio::awaitable<Result<Person>> edit(Caller by, std::optional<std::string> name, std::optional<NewPassword> password);
  /// Checks `code` against `secret` and stores the secret; returns the recovery codes, which are shown only once. `conflict` if two-factor
  /// authentication was set up in the meantime and no code for it was provided.
  asio::awaitable<Result<std::vector<std::string>>> set_second_factor(Caller by, Confirmed confirmed, std::string secret, std::string code);
  asio::awaitable<Result<>> remove_second_factor(Caller by, Confirmed confirmed);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
