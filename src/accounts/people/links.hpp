#pragma once
// The links that let people in, each once: what they do, and those that set a password.

#include "accounts/access/hashing.hpp"
#include "accounts/access/session_maker.hpp"
#include "accounts/caller.hpp"
#include "accounts/people/first_run.hpp"
#include "accounts/people/link_making.hpp"
#include "accounts/revocations.hpp"
#include "accounts/store/people.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

inline constexpr std::chrono::hours kResetLasts{1};
inline constexpr std::chrono::hours kHandedLinkLasts{24};  ///< made by an operator for somebody who has an account
/// Password links that were mailed for one account and still work. More mails would be a flood, and what was mailed still works.
inline constexpr std::size_t kMaxOpenResets = 5;

/// Any thread; coroutines resume on the caller's executor. What it is made of must live longer. Every act leaves its line in the audit
/// trail, in the same transaction. Errors name the failing field.
class Links {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    Revocations& revocations;
    HashingQueue& hashing;
    const SessionMaker& maker;
    FirstRun& first_run;
  };
  explicit Links(const Parts& parts) : parts_{parts} {}

  struct Reset {
    std::optional<OneTimeLink> link{};  ///< none when nobody has this address, or enough links were mailed to it; the caller must not tell
    std::chrono::seconds again_in{};    ///< not 0: this address prefix asks too often
  };
  /// Earlier links stay good: a stranger who asks takes nothing away.
  asio::awaitable<Result<Reset>> reset_password(std::string email, std::string address_prefix);
  /// A link that sets the password, for an operator to hand over. Earlier ones stay good.
  asio::awaitable<Result<OneTimeLink>> make_password_link(Caller by, std::string person_id);
  struct LinkNote {
    std::string kind, email, network;
    bool needs_password = false;
    bool needs_sign_in = false;  ///< an invitation for somebody who has an account
    std::string network_name{};  ///< how the network is called
  };
  asio::awaitable<Result<LinkNote>> find(std::string secret);
  struct LinkUsed {
    Person person;
    std::string device{};  ///< for the device's cookie; "" where no password was set
    bool replaced_password = false;
    /// Whoever set a first password just now is signed in with it: the link proves the address, and there is no second factor yet.
    std::optional<SignedIn> signed_in{};
  };
  /// A password link sets the password, ends all sessions and forgets all devices. An invitation makes the person, with `password`, or
  /// gives its role to the one there is, who must be the one who asks: it sets no password of anybody who exists (`refused`).
  /// `agent`: the browser that is signed in where that is possible; none: it isn't.
  asio::awaitable<Result<LinkUsed>> use(Caller by, std::string secret, std::optional<std::string> name, std::optional<std::string> password,
                                        std::optional<std::string> agent = {});

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
