#pragma once
// What is one's own, and proving once more who one is: name, password, second factor.

#include "accounts/access/hashing.hpp"
#include "accounts/access/second_factors.hpp"
#include "accounts/caller.hpp"
#include "accounts/revocations.hpp"
#include "accounts/store/people.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

/// Proof that somebody knew their current password, and their code where one was asked for. Only Self::confirm makes one.
class Confirmed {
 public:
  [[nodiscard]] const std::string& person_id() const noexcept { return person_id_; }
  /// Whether a code of the second factor was asked for, and right.
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

/// Any thread; coroutines resume on the caller's executor. What it is made of must live longer. Every act leaves its line in the audit
/// trail, in the same transaction. Errors name the failing field.
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

  /// Checks the current password again and, with `with_code`, the code or a recovery code of whoever has a second factor. Slowed down like
  /// signing in, per person.
  asio::awaitable<Result<Confirmation>> confirm(Caller by, std::optional<std::string> password, std::optional<std::string> code,
                                                bool with_code);
  struct NewPassword {
    std::string password;
    Confirmed confirmed;
    std::string device{};  ///< the secret of the device that stays known, "" for none
  };
  /// A new password ends all other sessions, and forgets all other devices and every password link.
  asio::awaitable<Result<Person>> edit(Caller by, std::optional<std::string> name, std::optional<NewPassword> password);
  /// Checks `code` against `secret`, keeps it; answers the recovery codes, told once. `conflict` when there is a factor by now and no code
  /// of it was given.
  asio::awaitable<Result<std::vector<std::string>>> set_second_factor(Caller by, Confirmed confirmed, std::string secret, std::string code);
  asio::awaitable<Result<>> remove_second_factor(Caller by, Confirmed confirmed);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
