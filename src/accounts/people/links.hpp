#pragma once
// One-time links: accepting invitations and setting passwords.

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
inline constexpr std::chrono::hours kHandedLinkLasts{24};  ///< created by an operator for an existing account
/// Valid password links that were emailed for one account. Further emails would be a flood, and the earlier links still work.
inline constexpr std::size_t kMaxOpenResets = 5;

/// Any thread; coroutines resume on the caller's executor. The constructor's arguments must outlive it. Every action writes its audit line
/// in the same transaction. Errors name the failing field.
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
    std::optional<OneTimeLink>
        link{};  ///< none if no one has this address or enough links were emailed to it; the caller must not reveal which
    std::chrono::seconds again_in{};  ///< not 0 if this address prefix sends too many requests
  };
  /// Earlier links remain valid, so that a stranger's request doesn't break them.
  asio::awaitable<Result<Reset>> reset_password(std::string email, std::string address_prefix);
  /// A link that sets the password, for an operator to pass on. Earlier ones remain valid.
  asio::awaitable<Result<OneTimeLink>> make_password_link(Caller by, std::string person_id);
  struct LinkNote {
    std::string kind, email, network;
    bool needs_password = false;
    bool needs_sign_in = false;  ///< an invitation for a person who has an account
    std::string network_name{};  ///< the name of the network
  };
  asio::awaitable<Result<LinkNote>> find(std::string secret);
  struct LinkUsed {
    Person person;
    std::string device{};  ///< for the device cookie; "" if no password was set
    bool replaced_password = false;
    /// A person who just set their first password is signed in: the link proves the address, and there is no two-factor authentication yet.
    std::optional<SignedIn> signed_in{};
  };
  /// A password link sets the password, ends all sessions and deletes all devices. An invitation creates the person with `password`, or
  /// assigns its role to the existing person, who must be the caller; it never sets an existing person's password (`refused`). `agent` is
  /// the browser to sign in if possible; with none, it isn't signed in.
  asio::awaitable<Result<LinkUsed>> use(Caller by, std::string secret, std::optional<std::string> name, std::optional<std::string> password,
                                        std::optional<std::string> agent = {});

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
