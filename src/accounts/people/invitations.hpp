#pragma once
// Invitations: asking somebody into a network.

#include "accounts/caller.hpp"
#include "accounts/people/link_making.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

/// Open invitations of one network: its members must not make this server send mails without end.
inline constexpr std::size_t kMaxOpenInvitations = 200;
/// Invitations to one address, from all inviters and networks together: nobody's mailbox is filled in our name.
inline constexpr int kMaxInvitationsPerHour = 5;

struct Invitation {
  std::string id;
  std::string email;
  std::string network;
  Role role = Role::producer;
  Time created, ends;
};

/// Any thread; coroutines resume on the caller's executor. What it is made of must live longer. Every act leaves its line in the audit
/// trail, in the same transaction. Errors name the failing field.
class Invitations {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
  };
  explicit Invitations(const Parts& parts) : parts_{parts} {}

  /// An earlier invitation of the same address to the same network works no more; whoever may not give its role may not replace it.
  /// Invitations end with their inviter: when they are put out, or lose what let them give the role.
  /// For a disabled account `conflict` for operators, and for
  /// others a link without a secret, which works for nobody: they are not told.
  asio::awaitable<Result<OneTimeLink>> invite(Caller by, std::string email, std::string network, Role role);
  /// A new link for an invitation that is open, for an operator to hand over; the one before works no more.
  asio::awaitable<Result<OneTimeLink>> make_link(Caller by, std::string id);
  /// Counts that `by` is about to invite somebody; how long to wait when that is too often.
  asio::awaitable<Result<std::chrono::seconds>> count_by(Caller by);
  /// Counts that somebody is about to be invited, whoever does it and to whichever network: at most kMaxInvitationsPerHour mails reach one
  /// address; how long to wait when that is too many. `invalid` when it is no address.
  asio::awaitable<Result<std::chrono::seconds>> count_to(std::string email);
  asio::awaitable<Result<std::vector<Invitation>>> list(std::string network);
  asio::awaitable<Result<>> withdraw(Caller by, std::string id);
  /// The network an invitation is for; none when there is no such invitation.
  asio::awaitable<Result<std::optional<std::string>>> network_of(std::string id);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
