#pragma once
// Invitations to join a network.

#include "accounts/caller.hpp"
#include "accounts/people/link_making.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::accounts {

namespace asio = boost::asio;

/// Open invitations per network; limits how many emails its members can make this server send.
inline constexpr std::size_t kMaxOpenInvitations = 200;
/// Invitations to one address from all inviters and networks, so that no mailbox is flooded in our name.
inline constexpr int kMaxInvitationsPerHour = 5;

struct Invitation {
  std::string id;
  std::string email;
  std::string network;
  Role role = Role::producer;
  Time created, ends;
};

/// Any thread; coroutines resume on the caller's executor. The constructor's arguments must outlive it. Every action writes its audit line
/// in the same transaction. Errors name the failing field.
class Invitations {
 public:
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
  };
  explicit Invitations(const Parts& parts) : parts_{parts} {}

  /// Replaces an earlier invitation of the same address to the same network; only people who may assign its role can replace it. An
  /// invitation expires when its inviter loses access or the right to assign its role. For a disabled account `conflict` for operators, and
  /// for others a link without a secret, which doesn't work, so that they don't find out.
  asio::awaitable<Result<OneTimeLink>> invite(Caller by, std::string email, std::string network, Role role);
  /// A new link for an open invitation, for an operator to pass on; the previous one stops working.
  asio::awaitable<Result<OneTimeLink>> make_link(Caller by, std::string id);
  /// Counts an invitation by `by`; returns how long to wait if there were too many.
  asio::awaitable<Result<std::chrono::seconds>> count_by(Caller by);
  /// Counts an invitation to this address from any inviter and network, so that it gets at most kMaxInvitationsPerHour emails; returns how
  /// long to wait if there were too many. `invalid` if it isn't an email address.
  asio::awaitable<Result<std::chrono::seconds>> count_to(std::string email);
  asio::awaitable<Result<std::vector<Invitation>>> list(std::string network);
  asio::awaitable<Result<>> withdraw(Caller by, std::string id);
  /// The network of an invitation; none if there is no such invitation.
  asio::awaitable<Result<std::optional<std::string>>> network_of(std::string id);

 private:
  Parts parts_;
};

}  // namespace carillon::accounts
