#pragma once
// How many orders an account may place: throttles of our own that stay below every limit of the CAs, and what a CA has asked for. Pure.

#include "base/time.hpp"

#include <deque>
#include <map>
#include <string>

namespace carillon::certs {

/// What an order counts against.
enum class OrderKind {
  fresh,    ///< a name without a certificate to follow
  renewal,  ///< names the certificate it replaces (RFC 9773 §5): CAs exempt these from their limits
};

/// The orders of one account. One thread at a time.
class OrderBudget {
 public:
  static constexpr int kBurst = 10;                        ///< orders of any kind …
  static constexpr std::chrono::seconds kBurstWindow{10};  ///< … within this
  static constexpr int kFresh = 290;                       ///< fresh orders (Let's Encrypt allows 300) …
  static constexpr std::chrono::hours kFreshWindow{3};     ///< … within this
  /// A CA that refuses this many different names within one pause means the account, whatever it says.
  static constexpr std::size_t kRefusedNames = 2;

  /// When the next order of this kind may go out; not later than `now` means at once.
  [[nodiscard]] Time next(OrderKind kind, Time now) const;
  void placed(OrderKind kind, Time at);

  /// The CA refused an order for `name` (429) until `until`. `of_account`: it said that the account is meant; otherwise the name alone
  /// waits, until a second name is refused.
  void refused(const std::string& name, Time now, Time until, bool of_account);
  [[nodiscard]] Time paused_until() const noexcept { return paused_until_; }

 private:
  std::deque<Time> all_;
  std::deque<Time> fresh_;
  std::map<std::string, Time> refused_names_;
  Time paused_until_{};
};

/// At most max(5, 3 × 24 h ÷ lifetime) issuances per name and day, so that a bug cannot burn a limit.
[[nodiscard]] int most_issuances_per_day(Duration lifetime) noexcept;

}  // namespace carillon::certs
